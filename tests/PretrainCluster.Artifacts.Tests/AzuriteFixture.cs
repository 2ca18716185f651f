using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Artifacts.Stores.Blobs;
using PretrainCluster.Azurite;

namespace PretrainCluster.Artifacts.Tests;

/// <summary>One Azurite for all the classes that use it; each test has a container of its own.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    AzuriteServer? _server;

    public AzuriteServer Server => _server ?? throw new InvalidOperationException(AzuriteServer.Missing);

    public async Task InitializeAsync()
    {
        if (AzuriteServer.Missing is null)
            _server = await AzuriteServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    public static BlobLocation NewLocation(string prefix = "") => new(AzuriteServer.Account, $"test-{Guid.NewGuid():N}", prefix);

    /// <summary>A store through a port of loopback, Azurite's own or a proxy's; the container is made.</summary>
    public static async Task<AzureBlobStore> OpenAsync(BlobLocation location, int port, StorePatience? patience = null)
    {
        var store = new AzureBlobStore(location, Access(location, port), patience);
        await store.CheckAsync();
        return store;
    }

    public static BlobAccess Access(BlobLocation location, int port) =>
        BlobAccess.FromEnvironment(location, name => name == "AZURE_STORAGE_CONNECTION_STRING" ? AzuriteServer.ConnectionStringThrough(port) : null);
}

[CollectionDefinition(Name)]
public sealed class AzuriteTests : ICollectionFixture<AzuriteFixture>
{
    public const string Name = "azurite";
}
