namespace PretrainCluster.Cli.Views;

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
