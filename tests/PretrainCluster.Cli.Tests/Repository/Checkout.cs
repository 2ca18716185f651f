namespace PretrainCluster.Cli.Tests.Repository;

/// <summary>The checkout that the tests were built from.</summary>
static class Checkout
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    static string Find(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "PretrainCluster.sln")))
                return at.FullName;
        throw new InvalidOperationException($"no checkout above {folder}");
    }
}
