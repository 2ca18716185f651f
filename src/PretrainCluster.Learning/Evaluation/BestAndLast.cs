namespace PretrainCluster.Learning.Evaluation;

/// <summary>Predictions of the test side after the epochs of a training: of the best epoch, chosen on the test side as some authors report it, and of the last.</summary>
/// <param name="labels">of the test clips</param>
sealed class BestAndLast(int[] labels)
{
    double _best = -1;

    public int[] Best { get; private set; } = [];
    public int[] Last { get; private set; } = [];

    public void Add(int[] predicted)
    {
        Last = predicted;
        if (Accuracy.Percent(labels, predicted) is var accuracy && accuracy > _best)
            (_best, Best) = (accuracy, predicted);
    }

    /// <summary>Both figures over seeds, the best epoch's first.</summary>
    public static IReadOnlyList<Measurement> Measure(IReadOnlyList<long> seeds, int[] labels, IReadOnlyList<BestAndLast> runs) =>
    [
        Statistics.Accuracies("best test epoch", seeds, labels, [.. runs.Select(run => run.Best)]),
        Statistics.Accuracies("last epoch", seeds, labels, [.. runs.Select(run => run.Last)]),
    ];
}
