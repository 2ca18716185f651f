using System.CommandLine;
using System.Diagnostics;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Bench.Gangs;

/// <summary>`bench recovery`: how long a killed worker holds up the others, beside PyTorch's elastic launcher.</summary>
static class RecoveryBench
{
    const int Workers = 3;

    public static Command Command()
    {
        var plan = new Option<FileInfo>("--plan") { Description = "the plan whose model is trained", DefaultValueFactory = _ => new FileInfo("configs/ntu60-xsub/mamp.yaml") };
        var times = new Option<int>("--times") { Description = "kills", DefaultValueFactory = _ => 20 };
        var seed = new Option<int>("--seed") { Description = "chooses victims and moments", DefaultValueFactory = _ => 1 };
        var peerTimes = new Option<int>("--peer-times") { Description = "kills of the peer, for each monitor interval", DefaultValueFactory = _ => 3 };
        var command = new Command("recovery", "kill -9 of one of three workers: seconds until the next step is applied, less that step") { plan, times, seed, peerTimes };
        command.SetAction(parse => Run(parse.InvocationConfiguration.Output, parse.GetValue(plan)!.FullName, parse.GetValue(times), parse.GetValue(seed), parse.GetValue(peerTimes)));
        return command;
    }

    static void Run(TextWriter output, string plan, int times, int seed, int peerTimes)
    {
        var random = new Random(seed);
        var (delays, redone, changed) = (new List<double>(), 0, 0);
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
                var (_, begun) = run.Await(place, IsGeneration);
                var (_, formed) = run.Await(begun, IsGeneration);
                var (next, after) = run.Await(formed, said => said is StepMetrics);
                var step = (StepMetrics)next.What;
                delays.Add(Stopwatch.GetElapsedTime(killed, next.At).TotalSeconds - Workers / step.ClipsPerSecond);

                var again = run.AwaitTraining(Workers);
                changed += members.Count(member => member.Worker != victim.Worker && !again.Any(other => other.Worker == member.Worker && other.ProcessId == member.ProcessId));
                output.WriteLine($"kill {kill}: rank {victim.Rank} of {Workers}, step {step.Step}, {delays[^1]:0.000} s beyond the step's own {Workers / step.ClipsPerSecond:0.00} s");
            }
            run.Stop();
            var metrics = run.Metrics();
            redone = run.Generations().Skip(1).Select(generation => generation.Redone).DefaultIfEmpty().Max();
            var joins = run.JoinDelays();
            var whole = joins.Select(join => join.Waited + join.Formed).ToList();
            var missing = Enumerable.Range(1, (int)metrics[^1].Step).Except(metrics.Select(m => (int)m.Step)).Count();
            output.WriteLine($"{times} kills: median {Timing.Median(delays):0.000} s, worst {delays.Max():0.000} s from the signal to the next applied step, less that step");
            output.WriteLine($"steps lost {missing}, steps redone at most {redone} a kill, survivors whose process changed {changed}");
            output.WriteLine($"a joiner is in the group {Timing.Median(whole):0.000} s after it is ready (median of {whole.Count}; worst {whole.Max():0.000} s): "
                + $"the step under way {Timing.Median([.. joins.Select(join => join.Waited)]):0.000} s (worst {joins.Max(join => join.Waited):0.000}), forming the group {Timing.Median([.. joins.Select(join => join.Formed)]):0.000} s (worst {joins.Max(join => join.Formed):0.000})");
        }
        PeerRecovery.Run(output, plan, peerTimes);

        static bool IsGeneration(object said) => said is RunEvent { Kind: RunEventKind.Generation };
    }
}
