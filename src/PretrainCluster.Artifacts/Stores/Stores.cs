using PretrainCluster.Artifacts.Stores.Blobs;

namespace PretrainCluster.Artifacts.Stores;

/// <summary>Stores by where they are: a folder's path, or azure://ACCOUNT/CONTAINER/PREFIX (docs/stores.md).</summary>
public static class Stores
{
    /// <summary>True for a store that is not on this machine.</summary>
    public static bool IsElsewhere(string location) => BlobLocation.IsOne(location);

    /// <summary>Opens a store and makes sure that it can be used. A folder is made where it is missing.</summary>
    /// <exception cref="InputException">The location is none, the container is missing, or the environment's credentials do not open it.</exception>
    /// <exception cref="IOException">The store cannot be reached.</exception>
    public static async Task<IArtifactStore> OpenAsync(string location, StorePatience? patience = null, TimeProvider? time = null, CancellationToken cancellation = default)
    {
        if (!IsElsewhere(location))
            return location.Contains("://", StringComparison.Ordinal)
                ? throw new InputException($"{location} is no store: give a folder, or azure://ACCOUNT/CONTAINER/PREFIX.")
                : DirectoryStore.Open(location, time);
        var place = BlobLocation.Parse(location);
        var store = new AzureBlobStore(place, BlobAccess.FromEnvironment(place), patience, time);
        try
        {
            await store.CheckAsync(cancellation);
        }
        catch (StoreException failure) when (failure.Failure is StoreFailure.Denied or StoreFailure.NoContainer)
        {
            throw new InputException(failure.Message, failure);
        }
        return store;
    }

    /// <inheritdoc cref="OpenAsync"/>
    public static IArtifactStore Open(string location, StorePatience? patience = null, TimeProvider? time = null) =>
        OpenAsync(location, patience, time).GetAwaiter().GetResult();
}
