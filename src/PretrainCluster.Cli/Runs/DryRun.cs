using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Training.Batches;

namespace PretrainCluster.Cli.Runs;

/// <summary>A plan resolved, and its cost.</summary>
static class DryRun
{
    public static void Print(Plan plan, TextWriter output)
    {
        var (shape, source) = Shape(plan);
        output.WriteLine(PlanText.Write(plan).TrimEnd());
        output.WriteLine();
        Fact("plan digest", plan.Digest());
        Fact("dataset", source);
        var stages = PlanStages.Of(plan);
        for (var i = 0; i < stages.Count; i++)
        {
            if (plan.Stages.Count > 0)
                Fact($"stage {i + 1}", plan.Stages[i].Name);
            Cost(stages[i], shape, output);
        }
        Workers(plan, output);

        void Fact(string name, string value) => output.WriteLine($"{name,-12} {value}");
    }

    static void Cost(Plan plan, DataShape shape, TextWriter output)
    {
        var lanes = Math.Min(Lanes.OfRun(plan), plan.Training.Batch.MicroBatches);
        var estimate = RunEstimate.Of(plan, shape, lanes);
        var size = estimate.Size;
        Fact("a view", $"{estimate.Clip.Persons} persons x {estimate.Clip.Frames} frames x {estimate.Clip.Joints} joints x 3");
        Fact("parameters", $"{Numbers.Count(size.Parameters)} (encoder {Numbers.Count(size.EncoderParameters)}, {(plan.Objective is MaskedAutoencoder.Settings ? "decoder" : "heads")} {Numbers.Count(size.HeadParameters)})");
        Fact("steps", $"{Numbers.Count(estimate.Steps)} of {plan.Training.Batch.Clips} clips in {plan.Training.Batch.MicroBatches} micro-batches");
        Fact("memory", estimate.MemoryBytes is { } memory
            ? $"about {memory / (1L << 30):0.0} GiB for a worker with {lanes} micro-batches at a time"
            : "no estimate: what tensors take is counted on Linux alone");
        Fact("time", estimate.Training is { } time
            ? $"about {Duration(time)} of training, measured with random clips on this machine ({plan.Workers.Device}, {lanes} lanes)"
            : $"no estimate: {plan.Workers.Device} is not on this machine");

        void Fact(string name, string value) => output.WriteLine($"{name,-12} {value}");
    }

    static void Workers(Plan plan, TextWriter output)
    {
        var (workers, recovery) = (plan.Workers, plan.Recovery);
        var most = plan.MostWorkers();
        output.WriteLine($"{"workers",-12} {Math.Min(workers.Min, most)} to {most} on {workers.Device}, {Lanes.OfWorker(plan)} micro-batches at a time each{(workers.MemoryMib > 0 ? $", at most {workers.MemoryMib} MiB each" : "")}");
        foreach (var (name, seconds, meaning) in new[]
        {
            ("heartbeat", recovery.Heartbeat, "a worker says that it lives"),
            ("silence", recovery.Silence, "one that does not counts as lost, and is replaced"),
            ("connect", recovery.Connect, "a new generation has found each other, or is formed anew"),
            ("join wait", recovery.JoinWait, "a worker that is ready waits no longer for the end of the step under way"),
            ("stall", recovery.Stall, "and twice the group's p95 without progress of a step counts as stalled"),
            ("absence", recovery.CoordinatorAbsence, "workers without a coordinator write a checkpoint and end"),
        })
            output.WriteLine($"{"  " + name,-12} {Numbers.AtMost(seconds, 3),6} s  {meaning}");
        output.WriteLine($"{"  retries",-12} {recovery.Retries,6}    failures in a row; {Numbers.AtMost(recovery.Backoff, 3)} s before the first, at most {Numbers.AtMost(recovery.BackoffMax, 3)} s");
    }

    static (DataShape Shape, string Source) Shape(Plan plan)
    {
        if (Directory.Exists(plan.Data.Dataset) || Stores.IsElsewhere(plan.Data.Dataset))
        {
            using var dataset = SkeletonDataset.Open(plan.Data.Dataset);
            var samples = new RunStages(plan, dataset).First.Set.Samples;
            return (new DataShape { Clips = samples.Count, Persons = dataset.Persons, Joints = dataset.Joints }, $"{plan.Data.Dataset}, split {plan.Data.Split}: {samples.Count} training clips, digest {dataset.Digest}");
        }
        return plan.Data.Shape is { } declared
            ? (declared, $"{plan.Data.Dataset} is not there; the plan declares {declared.Clips} training clips")
            : throw new InputException($"{plan.Data.Dataset} is not there, and the plan declares no data.shape to estimate with: import the dataset (pretrain data import --help), or add data.shape");
    }

    static string Duration(TimeSpan time) => time.TotalDays >= 2 ? $"{Numbers.Fixed(time.TotalDays, 1)} days" : Numbers.Duration(time);
}
