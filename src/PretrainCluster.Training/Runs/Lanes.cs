namespace PretrainCluster.Training.Runs;

/// <summary>How many micro-batches, or batches of an evaluation, are computed at a time on a CPU. Changes nothing but the time.</summary>
public static class Lanes
{
    /// <summary>Of one worker: as the plan says, or its share of the machine's cores.</summary>
    public static int OfWorker(Plan plan) =>
        plan.Workers.Threads > 0 ? plan.Workers.Threads : Math.Max(1, Environment.ProcessorCount / plan.MostWorkers());

    /// <summary>Of the whole run on one machine, and of an evaluation, which has the workers' cores to itself.</summary>
    public static int OfRun(Plan plan) =>
        plan.Workers.Threads > 0 ? plan.Workers.Threads * plan.MostWorkers() : Environment.ProcessorCount;
}
