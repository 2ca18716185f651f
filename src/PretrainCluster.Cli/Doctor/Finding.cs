namespace PretrainCluster.Cli.Doctor;

public enum FindingState
{
    Good,

    /// <summary>Works, but slower or tighter than it could.</summary>
    Warning,

    /// <summary>Nothing runs before it is mended.</summary>
    Missing,
}

/// <summary>What one check found.</summary>
/// <param name="Name">what was looked at, e.g. "libtorch"</param>
/// <param name="Detail">what is there, or what is wrong</param>
/// <param name="Mend">the command or the change that mends it; null where nothing has to be</param>
public sealed record Finding(string Name, FindingState State, string Detail, string? Mend = null);
