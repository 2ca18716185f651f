namespace PretrainCluster.Learning.Evaluation;

/// <summary>One protocol's results on the folds of a training side, as one result.</summary>
public static class FoldMean
{
    /// <param name="folds">one protocol, one encoder, the same seeds; at least one</param>
    /// <returns>each figure's value per seed is the mean over the folds, and its interval that of these means</returns>
    public static EvaluationResult Of(IReadOnlyList<EvaluationResult> folds)
    {
        var first = folds[0];
        return first with
        {
            Description = $"{first.Description}; mean over {folds.Count} folds of the training side, the test side is not read",
            TestClips = folds.Sum(fold => fold.TestClips),
            Measurements = [.. first.Measurements.Select((figure, f) => Statistics.Summarize(figure.Name, figure.Seeds,
                [.. figure.Values.Select((_, i) => Statistics.Mean([.. folds.Select(fold => fold.Measurements[f].Values[i])]))]))],
            Confusion = first.Confusion is null ? null
                : [.. first.Confusion.Select((row, truth) => row.Select((_, predicted) => folds.Sum(fold => fold.Confusion![truth][predicted])).ToArray())],
            Seconds = folds.Sum(fold => fold.Seconds),
        };
    }
}
