namespace PretrainCluster.EndToEnd.Tests;

/// <summary>A test that starts nodes of a cluster; skipped where the build has none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClusterFactAttribute : FactAttribute
{
    public ClusterFactAttribute() =>
        Skip = File.Exists(Path.Combine(AppContext.BaseDirectory, "Akka.Cluster.dll")) ? null : "the packages Akka.Cluster.Tools and MessagePack could not be restored";
}
