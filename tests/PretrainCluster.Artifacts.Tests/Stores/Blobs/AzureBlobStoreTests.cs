using PretrainCluster.Artifacts.Stores;

namespace PretrainCluster.Artifacts.Tests.Stores.Blobs;

[UsesAzurite, Collection(AzuriteTests.Name)]
public sealed class AzureBlobStoreTests(AzuriteFixture azurite) : ArtifactStoreConformance
{
    readonly Lazy<IArtifactStore> _store = new(() => AzuriteFixture.OpenAsync(AzuriteFixture.NewLocation("some/where"), azurite.Server.Port).GetAwaiter().GetResult());

    protected override IArtifactStore Store => _store.Value;
}
