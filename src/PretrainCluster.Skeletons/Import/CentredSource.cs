namespace PretrainCluster.Skeletons.Import;

/// <summary>
/// Another source with every clip translated once, so that the first person's root joint, in the first frame with a person in it, is the origin:
/// the rule of CTR-GCN's and MAMP's preparation, for files that come without one. No rotation, no scaling; who is absent stays all zeros.
/// A file that is centred already is not changed.
/// </summary>
public sealed class CentredSource : ISkeletonSource
{
    /// <summary>The name of this preprocessing.</summary>
    public const string Family = "first-root";

    readonly ISkeletonSource _source;

    public CentredSource(ISkeletonSource source)
    {
        _source = source;
        Facts = source.Facts with { Preprocessing = source.Facts.Preprocessing == "none" ? Family : $"{source.Facts.Preprocessing}, {Family}" };
    }

    public SourceFacts Facts { get; }

    public IReadOnlyList<SplitRule> Splits => _source.Splits;

    public IEnumerable<Sample> Read() => _source.Read().Select(sample => sample is ReadSample read ? new ReadSample(Centre(read.Clip)) : sample);

    public IReadOnlyList<SourceFile> Files() => _source.Files();

    public void Dispose() => _source.Dispose();

    Clip Centre(Clip clip)
    {
        var pose = clip.Joints * 3;
        var positions = clip.Positions.AsSpan();
        var first = 0;
        while (first < positions.Length && !positions.Slice(first, pose).ContainsAnyExcept(0f))
            first += pose;
        if (first == positions.Length)
            return clip;

        var root = positions.Slice(first + (Facts.Layout.Root * 3), 3).ToArray();
        var centred = clip.Positions.ToArray();
        for (var start = 0; start < centred.Length; start += pose)
        {
            var joints = centred.AsSpan(start, pose);
            if (!joints.ContainsAnyExcept(0f))
                continue;
            for (var i = 0; i < joints.Length; i++)
                joints[i] -= root[i % 3];
        }
        return clip with { Positions = centred };
    }
}
