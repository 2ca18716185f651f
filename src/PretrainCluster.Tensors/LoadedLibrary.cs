namespace PretrainCluster.Tensors;

/// <summary>Finds what this process has loaded.</summary>
public static class LoadedLibrary
{
    /// <summary>The file of the first loaded library whose name begins so, its links resolved; null if there is none.</summary>
    public static string? Path(string name) =>
        File.ReadLines("/proc/self/maps").Select(line => line.IndexOf('/') is var at and >= 0 ? line[at..] : "")
            .FirstOrDefault(path => System.IO.Path.GetFileName(path.AsSpan()).StartsWith(name, StringComparison.Ordinal));
}
