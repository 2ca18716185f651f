namespace PretrainCluster.Skeletons.Import;

/// <summary>What no set of clips exceeds. Files that claim more are refused before anything is allocated for them.</summary>
static class SourceLimits
{
    /// <summary>Of a clip.</summary>
    public const int MaxFrames = 1_000_000;

    /// <summary>Of a clip: frames x persons x joints x 3.</summary>
    public const int MaxCoordinates = 1 << 26;

    public const int MaxClasses = 100_000;

    /// <summary>That are kept of a clip.</summary>
    public const int MaxPersons = 2;
}
