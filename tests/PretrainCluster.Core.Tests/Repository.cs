using System.Reflection;

namespace PretrainCluster.Core.Tests;

/// <summary>The checkout that the tests were built from.</summary>
static class Repository
{
    public static string Root { get; } = Find();

    static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PretrainCluster.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"{Assembly.GetExecutingAssembly().Location} lies outside the repository.");
    }
}
