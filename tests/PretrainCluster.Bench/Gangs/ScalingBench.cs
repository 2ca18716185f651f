using System.CommandLine;
using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Bench.Gangs;

/// <summary>`bench scaling`: two one-thread workers against one, beside two runs that have nothing to exchange, and beside DistributedDataParallel over Gloo with the same model and micro-batches.</summary>
static class ScalingBench
{
    public static Command Command()
    {
        var plan = new Option<FileInfo>("--plan") { Description = "the plan whose model is trained", Required = true };
        var batch = new Option<int>("--batch") { Description = "clips of a micro-batch", DefaultValueFactory = _ => 8 };
        var microBatches = new Option<int?>("--micro-batches") { Description = "micro-batches of a step; those of the plan if left out" };
        var rounds = new Option<int>("--rounds") { Description = "rounds, each of them with one worker and with two", DefaultValueFactory = _ => 3 };
        var seconds = new Option<double>("--seconds") { Description = "of each measurement", DefaultValueFactory = _ => 20 };
        var command = new Command("scaling", "Clips/s of two workers of one thread against one, on the same steps") { plan, batch, microBatches, rounds, seconds };
        command.SetAction(parse =>
        {
            var file = parse.GetValue(plan)!.FullName;
            var size = new StepSize(parse.GetValue(microBatches) ?? PlanText.Read(file, Methods.BuiltIn).Training.Batch.MicroBatches, parse.GetValue(batch));
            if (size.Batch < 1 || size.MicroBatches < 2 || size.MicroBatches % 2 != 0)
                throw new InputException($"bench scaling: {size.MicroBatches} micro-batches of {size.Batch} clips cannot be shared by two workers alike; say an even number of --micro-batches and a --batch of at least 1.");
            Run(parse.InvocationConfiguration.Output, file, size, parse.GetValue(rounds), parse.GetValue(seconds));
        });
        return command;
    }

    static void Run(TextWriter output, string plan, StepSize size, int rounds, double seconds)
    {
        var own = new Dictionary<int, List<double>> { [1] = [], [2] = [] };
        var apart = new Dictionary<int, List<double>> { [1] = own[1], [2] = [] };
        var peer = new Dictionary<int, List<double>> { [1] = [], [2] = [] };
        var missing = PeerScript.Missing();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var workers in (int[])[1, 2])
            {
                own[workers].Add(Own(plan, workers, size, seconds));
                if (missing is null)
                    peer[workers].Add(Peer(plan, workers, size, seconds));
            }
            apart[2].Add(Apart(plan, size, seconds));
        }
        output.WriteLine($"{size.MicroBatches} micro-batches of {size.Batch} clips a step; clips/s, medians of {rounds} rounds");
        output.WriteLine("one worker   two workers   times");
        Print("here", own);
        Print("two runs of one worker at the same time, which share nothing but the machine", apart);
        if (missing is null)
            Print("DistributedDataParallel, Gloo, the public code", peer);
        else
            output.WriteLine($"the peer is not measured: {missing}");

        void Print(string name, Dictionary<int, List<double>> rates)
        {
            var (one, two) = (Timing.Median(rates[1]), Timing.Median(rates[2]));
            var ratios = rates[1].Zip(rates[2], (a, b) => b / a).ToList();
            output.WriteLine($"{one,10:0.00} {two,13:0.00} {Timing.Median(ratios),7:0.00}   {name}");
        }
    }

    static double Own(string plan, int workers, StepSize size, double seconds)
    {
        using var run = GangRun.Start(plan, workers, size.MicroBatches, size.Clips);
        run.AwaitTraining(workers);
        var (_, from) = run.Await(run.Now, said => said is StepMetrics);
        var steps = new List<double>();
        for (var began = DateTime.UtcNow; steps.Count < 3 || (DateTime.UtcNow - began).TotalSeconds < seconds;)
        {
            var (step, next) = run.Await(from, said => said is StepMetrics);
            steps.Add(((StepMetrics)step.What).ClipsPerSecond);
            from = next;
        }
        return Timing.Median(steps);
    }

    static double Apart(string plan, StepSize size, double seconds) =>
        Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => Own(plan, 1, size, seconds)))).GetAwaiter().GetResult().Sum();

    // A process does its share of a step as one batch: the same clips a step, as its authors would.
    static double Peer(string plan, int workers, StepSize size, double seconds)
    {
        using var gang = new PeerGang(plan, workers, clips: size.Clips / workers, checkpointEvery: int.MaxValue);
        gang.Await(DateTimeOffset.UtcNow);
        var began = DateTimeOffset.UtcNow;
        while (gang.Steps(0).Count(step => step.At > began) < 4 || (DateTimeOffset.UtcNow - began).TotalSeconds < seconds)
            Thread.Sleep(20);
        var steps = gang.Steps(0).Where(step => step.At > began).Select(step => (step.At - DateTimeOffset.UnixEpoch).TotalSeconds).ToList();
        return size.Clips / Timing.Median(steps.Zip(steps.Skip(1), (earlier, later) => later - earlier));
    }

    /// <param name="Batch">clips of a micro-batch</param>
    readonly record struct StepSize(int MicroBatches, int Batch)
    {
        public int Clips => MicroBatches * Batch;
    }
}
