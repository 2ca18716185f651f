namespace PretrainCluster;

/// <summary>The checkout that the tests, and the programs beside them, were built from: what they build lies under it, wherever that is.</summary>
static class Checkout
{
    public static string Root { get; } = Find();

    public static string At(params ReadOnlySpan<string> path) => Path.Combine([Root, .. path]);

    static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "PretrainCluster.sln")))
                return folder.FullName;
        throw new InvalidOperationException($"no checkout above {AppContext.BaseDirectory}");
    }
}
