namespace PretrainCluster.Skeletons.Import;

/// <summary>A split over the clips that were read, and the pairs of equal clips between its sides.</summary>
/// <param name="Rule">What decided.</param>
/// <param name="Train">Clip indices, ascending.</param>
/// <param name="Test">Clip indices, ascending.</param>
/// <param name="Duplicates">Of test clips, the training clip with the same coordinates.</param>
public sealed record SplitAssignment(SplitRule Rule, IReadOnlyList<long> Train, IReadOnlyList<long> Test, IReadOnlyDictionary<long, long> Duplicates)
{
    /// <summary>The test side without what is also trained on.</summary>
    public IReadOnlyList<long> DistinctTest => [.. Test.Where(clip => !Duplicates.ContainsKey(clip))];

    public static SplitAssignment Assign(SplitRule rule, IReadOnlyList<(ClipFacts Facts, CoordinateDigest Digest)> clips)
    {
        var (train, test) = (new List<long>(), new List<long>());
        for (var clip = 0; clip < clips.Count; clip++)
        {
            var side = rule.Side(clips[clip].Facts);
            if (side != SplitSide.Neither)
                (side == SplitSide.Train ? train : test).Add(clip);
        }

        var trained = new Dictionary<CoordinateDigest, long>();
        foreach (var clip in train)
            trained.TryAdd(clips[(int)clip].Digest, clip);
        var duplicates = test.Where(clip => trained.ContainsKey(clips[(int)clip].Digest))
            .ToDictionary(clip => clip, clip => trained[clips[(int)clip].Digest]);
        return new SplitAssignment(rule, train, test, duplicates);
    }
}
