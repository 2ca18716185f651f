using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Bench.Gangs;

/// <summary>`bench recovery`: how long a killed worker holds up the others, beside PyTorch's elastic launcher.</summary>
static partial class RecoveryBench
{
    const int Workers = 3;

    public static Command Command()
    {
        var plan = new Option<FileInfo>("--plan") { Description = "the plan whose model is trained", DefaultValueFactory = _ => new FileInfo("configs/ntu60-xsub/mamp.yaml") };
        var times = new Option<int>("--times") { Description = "kills", DefaultValueFactory = _ => 20 };
        var seed = new Option<int>("--seed") { Description = "chooses victims and moments", DefaultValueFactory = _ => 1 };
        var peerTimes = new Option<int>("--peer-times") { Description = "kills of the peer, for each monitor interval", DefaultValueFactory = _ => 3 };
        var command = new Command("recovery",
            "kill -9 of one of three workers: seconds until the next step is applied, phase by phase")
            { plan, times, seed, peerTimes };
        command.SetAction(parse => Run(parse.InvocationConfiguration.Output, parse.GetValue(plan)!.FullName, parse.GetValue(times), parse.GetValue(seed), parse.GetValue(peerTimes)));
        return command;
    }

    static void Run(TextWriter output, string plan, int times, int seed, int peerTimes)
    {
        var random = new Random(seed);
        var (kills, changed) = (new List<Kill>(), 0);
        using (var run = GangRun.Start(plan, Workers, microBatches: Workers, clips: Workers))
        {
            for (var kill = 1; kill <= times; kill++)
            {
                var members = run.AwaitTraining(Workers);
                var (first, from) = run.Await(run.Now, said => said is StepMetrics);
                var (second, _) = run.Await(from, said => said is StepMetrics);
                Thread.Sleep((int)(random.NextDouble() * Stopwatch.GetElapsedTime(first.At, second.At).TotalMilliseconds));

                var victim = members[random.Next(Workers)];
                var place = run.Now;
                var killed = Stopwatch.GetTimestamp();
                Process.GetProcessById(victim.ProcessId).Kill();
                // The generation begins, then its members are level; a step heard before that was applied before the signal.
                var (begun, afterBegun) = run.Await(place, IsGeneration);
                var (_, formed) = run.Await(afterBegun, IsGeneration);
                var (note, noted) = run.Await(formed, said => said is RunEvent @event && RegroupNote().IsMatch(@event.Message));
                var (next, _) = run.Await(noted, said => said is StepMetrics);
                var step = (StepMetrics)next.What;
                var parts = RegroupNote().Match(((RunEvent)note.What).Message).Groups.Values.Skip(1)
                    .Select(part => double.Parse(part.ValueSpan, CultureInfo.InvariantCulture)).ToList();
                kills.Add(new(After(killed, next), After(killed, begun), parts[0], parts[1], parts[2], parts[3], parts[4]));

                var again = run.AwaitTraining(Workers);
                changed += members.Count(member => member.Worker != victim.Worker && !again.Any(other => other.Worker == member.Worker && other.ProcessId == member.ProcessId));
                output.WriteLine($"kill {kill}: rank {victim.Rank} of {Workers}, step {step.Step}: {kills[^1]}");
            }
            run.Stop();
            output.WriteLine($"seconds, medians (worst) of {times} kills:");
            Line("noticed, the group told", kill => kill.Noticed);
            Line("micro-batches under way finished, which count", kill => kill.UnderWay);
            Line("the other survivors done too, and all members connected", kill => kill.Met);
            Line("their states compared", kill => kill.Level);
            Line("micro-batches of the dead one redone, and the update", kill => kill.Redone);
            Line("exchange", kill => kill.Exchange);
            Line("from the signal to the next applied step", kill => kill.Whole);
            Line("the same, less the rest of that step", kill => kill.Whole - kill.Redone - kill.Exchange);
            Line("the same, less the micro-batches under way too", kill => kill.Still);
            var metrics = run.Metrics();
            var redone = run.Generations().Skip(1).Select(generation => generation.Redone).DefaultIfEmpty().Max();
            var joins = run.JoinDelays();
            var whole = joins.Select(join => join.Waited + join.Formed).ToList();
            var missing = Enumerable.Range(1, (int)metrics[^1].Step).Except(metrics.Select(m => (int)m.Step)).Count();
            output.WriteLine($"steps lost {missing}, steps redone at most {redone} a kill, survivors whose process changed {changed}");
            output.WriteLine($"a joiner is in the group {Timing.Median(whole):0.000} s after it is ready (median of {whole.Count}; worst {whole.Max():0.000} s): "
                + $"the step under way {Timing.Median([.. joins.Select(join => join.Waited)]):0.000} s (worst {joins.Max(join => join.Waited):0.000}), forming the group {Timing.Median([.. joins.Select(join => join.Formed)]):0.000} s (worst {joins.Max(join => join.Formed):0.000})");
        }
        PeerRecovery.Run(output, plan, peerTimes);

        static bool IsGeneration(object said) => said is RunEvent { Kind: RunEventKind.Generation };

        static double After(long killed, Heard heard) => Stopwatch.GetElapsedTime(killed, heard.At).TotalSeconds;

        void Line(string what, Func<Kill, double> seconds) =>
            output.WriteLine($"{Timing.Median(kills.Select(seconds)),8:0.000} ({kills.Max(seconds):0.000})   {what}");
    }

    /// <summary>Seconds after a signal: until the group was told, and then of its rank 0.</summary>
    readonly record struct Kill(
        double Whole, double Noticed, double UnderWay, double Met, double Level, double Redone, double Exchange)
    {
        /// <summary>Without what rank 0 computed or exchanged meanwhile.</summary>
        public double Still => Whole - UnderWay - Redone - Exchange;

        public override string ToString() =>
            $"noticed {Noticed:0.000}, micro-batches under way {UnderWay:0.000}, met {Met:0.000}, "
            + $"compared {Level:0.000}, redone {Redone:0.000}, exchange {Exchange:0.000}; {Whole:0.000} s in all";
    }

    // What the training's RegroupTimes say.
    [GeneratedRegex("([0-9.]+) s for micro-batches under way, ([0-9.]+) s until all members met, "
        + "([0-9.]+) s until their states agreed, ([0-9.]+) s for the rest of the step and its update, "
        + "([0-9.]+) s in the exchange")]
    private static partial Regex RegroupNote();
}
