namespace PretrainCluster.Cli.Views;

/// <summary>What a view needs of the steps so far, in constant memory: the smoothed loss, its history in few points, and the pace.</summary>
public sealed class RunProgress
{
    const int MaxHistory = 256;
    const int PaceWindow = 100;
    const double Smoothing = 0.95;

    readonly List<double> history = [];
    readonly Queue<(long Step, double Seconds)> recent = new();
    double weighted, weight;
    double bucketSum;
    int bucketCount, bucketSize = 1;

    public StepMetrics? Last { get; private set; }

    /// <summary>Exponential mean of the loss, of the newest stage, corrected for its short start.</summary>
    public double SmoothedLoss => weight > 0 ? weighted / weight : double.NaN;

    /// <summary>The loss over the run or its newest stage, means of equal numbers of steps, at most 256 of them.</summary>
    public IReadOnlyList<double> History => history;

    public void Add(StepMetrics metrics)
    {
        // Another stage has another loss, and a pace of its own.
        if (Last is not null && Last.Stage != metrics.Stage)
            Clear();
        Last = metrics;
        recent.Enqueue((metrics.Step, metrics.Seconds));
        if (recent.Count > PaceWindow)
            recent.Dequeue();

        if (!double.IsFinite(metrics.Loss))
            return;
        weighted = Smoothing * weighted + (1 - Smoothing) * metrics.Loss;
        weight = Smoothing * weight + (1 - Smoothing);
        Record(metrics.Loss);
    }

    /// <summary>Time left at the pace of the last hundred steps; null before there is one.</summary>
    public TimeSpan? Left(long steps)
    {
        if (recent.Count < 2)
            return null;
        var (firstStep, firstSeconds) = recent.Peek();
        var (lastStep, lastSeconds) = recent.Last();
        return lastStep > firstStep ? TimeSpan.FromSeconds((steps - lastStep) * (lastSeconds - firstSeconds) / (lastStep - firstStep)) : null;
    }

    void Clear()
    {
        recent.Clear();
        history.Clear();
        (weighted, weight, bucketSum, bucketCount, bucketSize) = (0, 0, 0, 0, 1);
    }

    void Record(double loss)
    {
        bucketSum += loss;
        if (++bucketCount < bucketSize)
            return;

        history.Add(bucketSum / bucketCount);
        (bucketSum, bucketCount) = (0, 0);
        if (history.Count < MaxHistory)
            return;

        for (var i = 0; i < MaxHistory / 2; i++)
            history[i] = (history[2 * i] + history[2 * i + 1]) / 2;
        history.RemoveRange(MaxHistory / 2, MaxHistory / 2);
        bucketSize *= 2;
    }
}

/// <summary>Where a run stands among its stages, in words.</summary>
static class StageText
{
    /// <summary>e.g. "stage 2 of 2, tuning"; null where the run has no stages.</summary>
    public static string? Stage(RunInfo run, long step) => run.StageOf(step) is { } stage ? $"stage {stage.Number} of {run.Stages!.Count}, {stage.Name}" : null;

    /// <summary>e.g. "epoch 3.20 of 20", and before it the stage that these epochs are of.</summary>
    public static string Epoch(RunInfo run, StepMetrics last, int decimals = 2) =>
        $"{(Stage(run, last.Step) is { } stage ? stage + ", " : "")}epoch {Numbers.Fixed(last.Epoch, decimals)} of {run.StageOf(last.Step)?.Epochs ?? run.Epochs}";
}

/// <summary>An event in one line, e.g. "14:03:22  step 120  checkpoint: …".</summary>
public static class EventLine
{
    public static string Text(RunEvent runEvent) =>
        $"{runEvent.Time.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}  step "
            + $"{Numbers.Count(runEvent.Step)}  {Kind(runEvent.Kind)}: "
            + $"{runEvent.Message}{(runEvent.By is { } by ? $" (by {by})" : "")}";

    public static string Kind(RunEventKind kind) => kind.ToString().ToLowerInvariant();
}
