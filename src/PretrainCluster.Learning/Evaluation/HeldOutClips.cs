using PretrainCluster.Learning.Evaluation.Features;

namespace PretrainCluster.Learning.Evaluation;

/// <summary>Training clips put aside to choose a setting on, and the rest to fit on; rows of a <see cref="FeatureSet"/>, ascending.</summary>
/// <param name="Rule">how they were chosen, for the protocol's description</param>
public sealed record HeldOutClips(int[] Fit, int[] HeldOut, string Rule)
{
    const int Folds = 4;

    /// <summary>
    /// Folds of whole subjects, dealt by the seed; each clip is held out in exactly one. Where a subject is unknown or there is only one:
    /// four contiguous blocks of each class in file order, the same blocks for every class; files without subjects are written subject
    /// after subject, so neighbours in a class come from one subject.
    /// </summary>
    /// <exception cref="InputException">There are too few clips.</exception>
    public static IReadOnlyList<HeldOutClips> Draw(FeatureSet train, long seed)
    {
        var random = EvaluationStream.HeldOut.Random(seed);
        var subjects = train.Subjects.Distinct().Order().ToArray();
        if (subjects.Length > 1 && subjects[0] >= 0)
        {
            random.Shuffle(subjects.AsSpan());
            var folds = Math.Min(Folds, subjects.Length);
            var foldOf = subjects.Select((subject, i) => (subject, Fold: i % folds)).ToDictionary(pair => pair.subject, pair => pair.Fold);
            return Split(train, [.. train.Subjects.Select(subject => foldOf[subject])], folds, $"{folds} folds of the {subjects.Length} training subjects");
        }

        var blockOf = new int[train.Clips];
        foreach (var rows in Enumerable.Range(0, train.Clips).GroupBy(row => train.Labels[row]))
        {
            var ordered = rows.OrderBy(row => train.Samples[row]).ToArray();
            for (var i = 0; i < ordered.Length; i++)
                blockOf[ordered[i]] = i * Folds / ordered.Length;
        }
        return Split(train, blockOf, Folds, $"{Folds} contiguous blocks of each class in file order ({(subjects[0] < 0 ? "subjects unknown" : "one subject only")})");
    }

    static HeldOutClips[] Split(FeatureSet train, int[] foldOf, int folds, string rule)
    {
        var parts = Enumerable.Range(0, folds).Select(fold =>
        {
            var sides = Enumerable.Range(0, train.Clips).ToLookup(row => foldOf[row] == fold);
            return new HeldOutClips([.. sides[false]], [.. sides[true]], rule);
        }).Where(part => part is { Fit.Length: > 0, HeldOut.Length: > 0 }).ToArray();
        return parts.Length > 0 ? parts
            : throw new InputException($"{train.Clips} training clips are too few to hold some out: every class needs at least two, or the clips need known subjects.");
    }
}
