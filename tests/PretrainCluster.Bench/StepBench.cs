using System.CommandLine;
using System.Diagnostics;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Objectives;

namespace PretrainCluster.Bench;

/// <summary>`bench step`: a plan's training step, beside the public PyTorch code's where that is there.</summary>
static class StepBench
{
    public static Command Command()
    {
        var plan = new Option<FileInfo>("--plan") { Description = "the plan whose model is stepped", Required = true };
        var batch = new Option<int>("--batch") { Description = "person-clips of a micro-batch", DefaultValueFactory = _ => 4 };
        var threads = new Option<int>("--threads") { Description = "micro-batches side by side, one thread each", DefaultValueFactory = _ => 1 };
        var seconds = new Option<double>("--seconds") { Description = "time to measure, all of it together", DefaultValueFactory = _ => 60 };
        var command = new Command("step", "Person-clips/s of a training step (forward, backward, update), and the share of the GEMM peak") { plan, batch, threads, seconds };
        command.SetAction(parse => Run(parse.InvocationConfiguration.Output, parse.GetValue(plan)!, parse.GetValue(batch), parse.GetValue(threads), parse.GetValue(seconds)));
        return command;
    }

    static void Run(TextWriter output, FileInfo planFile, int batch, int threads, double seconds)
    {
        var plan = PlanText.Read(planFile.FullName);
        var joints = plan.Data.Shape?.Joints ?? throw new Core.InputException("The plan's data.shape.joints is needed here.");
        var cost = ModelCost.Of(plan.Objective, plan.Encoder, persons: 1, plan.View.Frames, joints);
        output.WriteLine($"{torch.Fingerprint}, {threads} threads, micro-batches of {batch} person-clips");
        output.WriteLine($"a step is {cost.StepFlops / 1e9:0.00} GFLOP a person-clip: 2 a multiply-add of the matrix products of forward, and twice that for backward; all {plan.View.Frames / plan.Encoder.PatchFrames * joints / plan.Encoder.PatchJoints} tokens in the decoder");

        using var own = new TrainingStep(plan, joints, batch, threads);
        own.Run();
        var contenders = new List<Contender> { new("here", batch * threads, steps => Timing.Of(() => { for (var i = 0; i < steps; i++) own.Run(); })) };
        var (peer, missing) = PeerStep.Start(plan, joints, batch * threads, threads);
        if (peer is null)
            output.WriteLine($"the public code is not measured: {missing}");
        else
            contenders.Add(new("public code", batch * threads, peer.Run));

        var peaks = new List<double>();
        var began = Stopwatch.GetTimestamp();
        do
        {
            peaks.Add(GemmPeak.Measure(1));
            foreach (var contender in contenders)
                contender.Measure(seconds / contenders.Count / 5);
        }
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds);
        peer?.Dispose();

        var peak = peaks.Max() * threads;
        output.WriteLine($"GEMM peak {peak / 1e9:0.0} GFLOP/s ({threads} times one thread's); medians of {peaks.Count} rounds:");
        output.WriteLine("person-clips/s   a processor second   GFLOP/s   of peak");
        foreach (var contender in contenders)
            output.WriteLine($"{contender.Rate,14:0.00} {contender.ProcessorRate,20:0.00} {contender.Rate * cost.StepFlops / 1e9,9:0.0} {contender.Rate * cost.StepFlops / peak,9:0.0%}   {contender.Name}");
        foreach (var contender in contenders.Skip(1))
            output.WriteLine($"here / {contender.Name}: {contenders[0].Rate / contender.Rate:0.00} by the clock, {contenders[0].ProcessorRate / contender.ProcessorRate:0.00} by processor time");
    }

    sealed class Contender(string name, int clips, Func<int, Timing> step)
    {
        readonly List<Timing> _rounds = [];

        public string Name => name;
        public double Rate => clips / Timing.Median(_rounds.Select(round => round.Wall));
        public double ProcessorRate => clips / Timing.Median(_rounds.Select(round => round.Processor));

        public void Measure(double seconds)
        {
            var began = Stopwatch.GetTimestamp();
            do
                _rounds.Add(step(1));
            while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds);
        }
    }
}
