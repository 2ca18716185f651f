namespace PretrainCluster.Learning.Evaluation;

/// <summary>Top-1 accuracy and confusion counts.</summary>
public static class Accuracy
{
    /// <summary>Per cent of the predictions that equal their label.</summary>
    public static double Percent(ReadOnlySpan<int> labels, ReadOnlySpan<int> predicted)
    {
        if (labels.Length != predicted.Length || labels.Length == 0)
            throw new ArgumentException($"{labels.Length} labels and {predicted.Length} predictions", nameof(predicted));
        var right = 0;
        for (var i = 0; i < labels.Length; i++)
            right += labels[i] == predicted[i] ? 1 : 0;
        return 100.0 * right / labels.Length;
    }

    /// <summary>Counts [true class][predicted class].</summary>
    public static int[][] Confusion(ReadOnlySpan<int> labels, ReadOnlySpan<int> predicted, int classes)
    {
        var counts = new int[classes][];
        for (var c = 0; c < classes; c++)
            counts[c] = new int[classes];
        for (var i = 0; i < labels.Length; i++)
            counts[labels[i]][predicted[i]]++;
        return counts;
    }
}
