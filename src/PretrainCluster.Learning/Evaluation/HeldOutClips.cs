using PretrainCluster.Learning.Evaluation.Features;

namespace PretrainCluster.Learning.Evaluation;

/// <summary>Training clips put aside to choose a setting on, and the rest to fit on; rows of a <see cref="FeatureSet"/>, ascending.</summary>
/// <param name="Rule">how they were chosen, for the protocol's description</param>
public sealed record HeldOutClips(int[] Fit, int[] HeldOut, string Rule)
{
    const int Parts = 4;

    /// <summary>
    /// Whole subjects, about a quarter of them, drawn by the seed. Where a subject is unknown or there is only one: one of four contiguous
    /// blocks of each class in file order, the same block for every class, drawn by the seed; files without subjects are written subject
    /// after subject, so neighbours in a class come from one subject.
    /// </summary>
    public static HeldOutClips Draw(FeatureSet train, long seed)
    {
        var random = EvaluationStream.HeldOut.Random(seed);
        var subjects = train.Subjects.Distinct().Order().ToArray();
        if (subjects.Length > 1 && subjects[0] >= 0)
        {
            random.Shuffle(subjects.AsSpan());
            var chosen = subjects[..Math.Max(1, (int)Math.Round(subjects.Length / (double)Parts))].ToHashSet();
            return Split(train, row => chosen.Contains(train.Subjects[row]), $"{chosen.Count} of {subjects.Length} training subjects");
        }

        var block = random.Next(Parts);
        var aside = new bool[train.Clips];
        foreach (var rows in Enumerable.Range(0, train.Clips).GroupBy(row => train.Labels[row]))
        {
            var ordered = rows.OrderBy(row => train.Samples[row]).ToArray();
            foreach (var row in ordered[(ordered.Length * block / Parts)..(ordered.Length * (block + 1) / Parts)])
                aside[row] = true;
        }
        return Split(train, row => aside[row], $"one of {Parts} contiguous blocks of each class in file order ({(subjects[0] < 0 ? "subjects unknown" : "one subject only")})");
    }

    static HeldOutClips Split(FeatureSet train, Func<int, bool> heldOut, string rule)
    {
        var sides = Enumerable.Range(0, train.Clips).ToLookup(heldOut);
        return new([.. sides[false]], [.. sides[true]], rule);
    }
}
