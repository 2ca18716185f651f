namespace PretrainCluster.Skeletons.Import;

/// <summary>Where a split puts a clip.</summary>
public enum SplitSide
{
    Neither,
    Train,
    Test,
}

/// <summary>All that a split may look at.</summary>
public readonly record struct ClipFacts(string Name, int Label, int Subject, int View, int Setup);

/// <summary>A train/test protocol.</summary>
/// <param name="Name">Such as xsub.</param>
/// <param name="Description">The rule in words.</param>
/// <param name="Side">The rule.</param>
public sealed record SplitRule(string Name, string Description, Func<ClipFacts, SplitSide> Side);
