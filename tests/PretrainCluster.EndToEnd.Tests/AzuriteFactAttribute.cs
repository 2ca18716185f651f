using PretrainCluster.Azurite;

namespace PretrainCluster.EndToEnd.Tests;

/// <summary>A test that runs against a real Azurite; skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AzuriteFactAttribute : FactAttribute
{
    public AzuriteFactAttribute() => Skip = AzuriteServer.Missing;
}
