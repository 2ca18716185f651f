using Spectre.Console;

namespace PretrainCluster.Cli.Views;

/// <summary>Chooses how a run is shown.</summary>
public static class RunViews
{
    static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(10);

    /// <summary>The live view where <paramref name="output"/> is an interactive terminal, plain lines elsewhere.</summary>
    public static IRunView Open(TextWriter output, TimeProvider time)
    {
        var interactive = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities is { Ansi: true, Interactive: true };
        return interactive ? new LiveView(AnsiConsole.Console, time) : new PlainView(output, time, LineEvery);
    }
}

/// <summary>A run on the screen. Disposing it leaves the screen to what is printed next.</summary>
public interface IRunView : IRunObserver, IDisposable;

/// <summary>Progress as plain lines, one every five seconds at most, for where there is no terminal to draw on.</summary>
sealed class NowAndThen<T>(TextWriter output, TimeProvider time, Func<T, string> text) : IProgress<T>
{
    static readonly TimeSpan s_every = TimeSpan.FromSeconds(5);

    long _last = time.GetTimestamp();

    public void Report(T value)
    {
        if (time.GetElapsedTime(_last) < s_every)
            return;
        _last = time.GetTimestamp();
        output.WriteLine(text(value));
    }
}

/// <summary>A run as plain lines, for files, pipes and logs: a step's line at most every <paramref name="every"/>, everything else at once.</summary>
public sealed class PlainView(TextWriter output, TimeProvider time, TimeSpan every) : IRunView
{
    readonly RunProgress progress = new();
    long? lastLine;

    public void Stage(string name, RunInfo? run)
    {
        lastLine = null;
        output.WriteLine(run is null ? name : $"{run.Name}: {name}");
    }

    public void Step(StepMetrics metrics, RunInfo run)
    {
        progress.Add(metrics);
        if (lastLine is { } last && time.GetElapsedTime(last) < every && metrics.Step != run.Steps)
            return;

        lastLine = time.GetTimestamp();
        var left = progress.Left(run.Steps) is { } rest ? $", {Numbers.Duration(rest)} left" : "";
        output.WriteLine(
            $"  {StageText.Epoch(run, metrics)}, step {Numbers.Count(metrics.Step)} of {Numbers.Count(run.Steps)}: " +
            $"loss {Numbers.Short(progress.SmoothedLoss)}, learning rate {Numbers.Short(metrics.LearningRate)}, {Numbers.Rate(metrics.ClipsPerSecond)} clips/s{left}");
    }

    public void Event(RunEvent runEvent) => output.WriteLine($"  {EventLine.Text(runEvent)}");

    public void Evaluated(EvaluationResult result) => output.WriteLine($"  {EvaluationTable.Headline(result)}");

    public void Monitored(MonitorMetrics metrics) => output.WriteLine($"  {Numbers.Monitor(metrics)}");

    public void Status(RunStatusView status)
    {
    }

    public void Dispose()
    {
    }
}
