using System.Runtime.CompilerServices;

namespace PretrainCluster.Skeletons.Tests;

/// <summary>Real data sets that are never part of the project: under PRETRAIN_DATA, by default shared/data beside the repository.</summary>
public static class ResearchData
{
    public static string NwUcla => Find("nw-ucla");

    public static string UtdMhad => Find("utd-mhad/UTD_XSub.npz");

    public static string Find(string name, [CallerFilePath] string thisFile = "") =>
        Path.Combine(Environment.GetEnvironmentVariable("PRETRAIN_DATA") ?? Path.GetFullPath(Path.Combine(thisFile, "../../../../shared/data")), name);
}

/// <summary>A test on real data; skipped, with the place that was looked at, where it is missing.</summary>
public sealed class ResearchDataFactAttribute : FactAttribute
{
    public ResearchDataFactAttribute(string name)
    {
        var path = ResearchData.Find(name);
        if (!Path.Exists(path))
            Skip = $"research data not found at {path} (PRETRAIN_DATA names its folder)";
    }
}
