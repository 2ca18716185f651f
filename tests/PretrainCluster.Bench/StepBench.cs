using System.CommandLine;
using System.Diagnostics;
using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning;
using PretrainCluster.Learning.Objectives;

namespace PretrainCluster.Bench;

/// <summary>`bench step`: a plan's training step, for masked motion beside MAMP's public graph on the same libtorch.</summary>
static class StepBench
{
    public static Command Command()
    {
        var plan = new Option<FileInfo>("--plan") { Description = "the plan whose model is stepped", Required = true };
        var batch = new Option<int>("--batch") { Description = "person-clips of a micro-batch", DefaultValueFactory = _ => 4 };
        var threads = new Option<int>("--threads")
        {
            Description = "micro-batches side by side, one thread each; "
                + "the peers have one batch of all of them, and as many threads an operator",
            DefaultValueFactory = _ => 1,
        };
        var seconds = new Option<double>("--seconds") { Description = "time to measure, all of it together", DefaultValueFactory = _ => 60 };
        var alone = new Option<bool>("--alone") { Description = "without the peers" };
        var command = new Command("step",
            "Person-clips/s of a training step (forward, backward, update); "
            + "a plan of masked_motion beside MAMP's public graph, with its own attention and with fused attention")
            { plan, batch, threads, seconds, alone };
        command.SetAction(parse => Run(
            parse.InvocationConfiguration.Output, parse.GetValue(plan)!, parse.GetValue(batch), parse.GetValue(threads),
            parse.GetValue(seconds), !parse.GetValue(alone)));
        return command;
    }

    static void Run(TextWriter output, FileInfo planFile, int batch, int threads, double seconds, bool beside)
    {
        var plan = PlanText.Read(planFile.FullName, Methods.BuiltIn);
        var joints = plan.Data.Shape?.Joints
            ?? throw new InputException($"bench step: {planFile} has no data.shape.joints; say it in the plan.");
        output.WriteLine($"{torch.Fingerprint}, {threads} threads, micro-batches of {batch} person-clips");

        var clips = batch * threads;
        var contenders = new List<Contender> { new("here", clips, 1, new TrainingStep(plan, joints, batch, threads)) };
        if (beside && plan.Objective is MaskedMotion.Settings)
        {
            contenders.Add(new("MAMP's public graph", clips, threads,
                new PublicMamp(plan, joints, clips, fused: false)));
            contenders.Add(new("MAMP's public graph with fused attention", clips, threads,
                new PublicMamp(plan, joints, clips, fused: true)));
        }

        var (rounds, began) = (0, Stopwatch.GetTimestamp());
        do
        {
            foreach (var contender in contenders)
                contender.Measure(seconds / contenders.Count / 5);
            rounds++;
        }
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds);
        contenders.ForEach(contender => contender.Dispose());

        output.WriteLine($"medians of {rounds} rounds:");
        output.WriteLine("person-clips/s   a processor second");
        foreach (var contender in contenders)
            output.WriteLine($"{contender.Rate,14:0.00} {contender.ProcessorRate,20:0.00}   {contender.Name}");
        foreach (var contender in contenders.Skip(1))
            output.WriteLine($"here / {contender.Name}: {contenders[0].Rate / contender.Rate:0.00} by the clock, {contenders[0].ProcessorRate / contender.ProcessorRate:0.00} by processor time");
    }

    sealed class Contender : IDisposable
    {
        readonly int _clips, _threads;
        readonly IStep _step;
        readonly List<Timing> _rounds = [];

        public Contender(string name, int clips, int threads, IStep step)
        {
            (Name, _clips, _threads, _step) = (name, clips, threads, step);
            OnItsThreads(step.Run);
        }

        public string Name { get; }
        public double Rate => _clips / Timing.Median(_rounds.Select(round => round.Wall));
        public double ProcessorRate => _clips / Timing.Median(_rounds.Select(round => round.Processor));

        public void Measure(double seconds) => OnItsThreads(() =>
        {
            var began = Stopwatch.GetTimestamp();
            do
                _rounds.Add(Timing.Of(_step.Run));
            while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds);
        });

        public void Dispose() => _step.Dispose();

        void OnItsThreads(Action work)
        {
            set_num_threads(_threads);
            try
            {
                work();
            }
            finally
            {
                set_num_threads(1);
            }
        }
    }
}
