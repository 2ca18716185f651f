using System.Diagnostics;
using System.Globalization;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Faults.Clusters;

/// <summary>
/// How long a cluster of three coordinator nodes and four worker nodes is without a coordinator when the machine that carries it loses its power, and
/// what the training notices of it.
/// </summary>
public sealed class FailoverMeasure(string folder, IReadOnlyList<string> planArguments, TextWriter output)
{
    const string Name = "failover";

    static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100), s_limit = TimeSpan.FromMinutes(2), s_settle = TimeSpan.FromSeconds(10), s_record = TimeSpan.FromSeconds(2);

    /// <returns>true if the cluster answered every time, and training lost nothing</returns>
    public async Task<bool> RunAsync(int times, CancellationToken cancellation)
    {
        using var cluster = await ClusterOfMachines.StartAsync(folder, cancellation);
        string[] settings = [.. ClusterSchedule.Limits, $"name={Name}", "training.epochs=100000", $"workers.max={ClusterOfMachines.Workers}"];
        if (cluster.Submit(0, planArguments, settings) is (not 0, var refusal))
            throw new InvalidOperationException(refusal);
        var run = cluster.Run(Name);
        await Until(() => run.LastStep() > 20, cancellation);

        var (answers, well) = (new List<double>(), true);
        for (var time = 1; time <= times; time++)
        {
            await Task.Delay(s_settle, cancellation);
            var victim = cluster.Coordinator() ?? throw new InvalidOperationException("no coordinator can be found");
            var other = cluster.Machines.First(machine => machine < ClusterOfMachines.Coordinators && machine != victim);
            var (before, generations) = (run.LastStep(), run.ReadGenerations().Count);
            var killed = Stopwatch.GetTimestamp();
            cluster.Kill(victim);
            // Both are typed at the moment of the kill, and typed again should they give up before the cluster answers.
            var show = AnsweredAsync(() => cluster.Ask(other, "show", Name, "--cluster", cluster.AddressOf(other)).Code == 0);
            var submit = AnsweredAsync(() => cluster.Submit(other, planArguments, [.. settings, $"name=queued{time}", "workers.min=4"]).Code == 0);
            var (shown, submitted) = (await show, await submit);
            answers.Add(Math.Max(shown, submitted));
            // What was trained meanwhile is told to the new coordinator, and recorded, while it answers.
            var answered = run.LastStep();
            await Until(() => run.LastStep() > answered + 5, cancellation);
            await Task.Delay(s_record, cancellation);

            var after = run.LastStep();
            var steps = run.ReadMetrics();
            var whole = steps.HasEachOnce(steps[^1].Step);
            var (during, normal) = (Durations(steps, before, after), Durations(steps, Math.Max(1, before - 200), before));
            var kept = run.ReadGenerations().Count == generations;
            well &= whole && kept;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time,3} show answers after {shown:0.0} s, submit after {submitted:0.0} s; {after - before} steps meanwhile, the longest {during[^1] * 1000:0} ms (before: {normal[^1] * 1000:0} ms), "
                + $"{(whole ? "every step recorded" : "STEPS ARE MISSING")}, {(kept ? "same generation" : "A NEW GENERATION")}"));
            cluster.Start(victim);
            await cluster.FormAsync(cancellation);

            Task<double> AnsweredAsync(Func<bool> asked) => Task.Run(async () =>
            {
                await Until(asked, cancellation);
                return Stopwatch.GetElapsedTime(killed).TotalSeconds;
            }, cancellation);
        }
        answers.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"from the kill to an answer, a submit included: median {answers[answers.Count / 2]:0.0} s, worst {answers[^1]:0.0} s"));
        return well;
    }

    /// <summary>Seconds of each step in (from, to], sorted.</summary>
    static List<double> Durations(IReadOnlyList<StepMetrics> steps, long from, long to) =>
        [.. steps.Zip(steps.Skip(1)).Where(pair => pair.Second.Step > from && pair.Second.Step <= to).Select(pair => pair.Second.Seconds - pair.First.Seconds).DefaultIfEmpty().Order()];

    static async Task Until(Func<bool> condition, CancellationToken cancellation)
    {
        for (var watch = Stopwatch.StartNew(); !condition(); await Task.Delay(s_look, cancellation))
        {
            if (watch.Elapsed > s_limit)
                throw new InvalidOperationException($"the cluster did not get there within {s_limit.TotalMinutes} minutes");
        }
    }
}
