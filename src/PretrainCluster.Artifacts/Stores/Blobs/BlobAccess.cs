using Azure;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Blobs;

namespace PretrainCluster.Artifacts.Stores.Blobs;

/// <summary>
/// How a container is opened. Keys come from the environment alone, under the names that Azure's own command line uses:
/// AZURE_STORAGE_CONNECTION_STRING, else AZURE_STORAGE_SAS_TOKEN, else AZURE_STORAGE_KEY, else whoever is signed in (DefaultAzureCredential).
/// AZURE_STORAGE_SERVICE_ENDPOINT names another address than https://ACCOUNT.blob.core.windows.net.
/// </summary>
/// <param name="Open">makes the container's client with the options given</param>
/// <param name="Description">what opens it, without any secret</param>
/// <param name="IsEmulator">true for Azurite, whose account everybody knows</param>
public sealed record BlobAccess(Func<BlobClientOptions, BlobContainerClient> Open, string Description, bool IsEmulator)
{
    const string ConnectionStringName = "AZURE_STORAGE_CONNECTION_STRING", SasName = "AZURE_STORAGE_SAS_TOKEN", KeyName = "AZURE_STORAGE_KEY", EndpointName = "AZURE_STORAGE_SERVICE_ENDPOINT";
    const string EmulatorAccount = "devstoreaccount1";

    /// <param name="variable">the environment; null for this process's own</param>
    /// <exception cref="InputException">A variable cannot be used, or is of another account.</exception>
    public static BlobAccess FromEnvironment(BlobLocation location, Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        if (variable(ConnectionStringName) is { Length: > 0 } connection)
            return OfConnectionString(location, connection);
        var endpoint = Endpoint(location, variable(EndpointName));
        var isEmulator = location.Account == EmulatorAccount;
        if (variable(SasName) is { Length: > 0 } token)
        {
            var sas = new AzureSasCredential(token.TrimStart('?'));
            return new(options => new(endpoint, sas, options), SasName, isEmulator);
        }
        if (variable(KeyName) is { Length: > 0 } key)
        {
            try
            {
                var shared = new StorageSharedKeyCredential(location.Account, key);
                return new(options => new(endpoint, shared, options), KeyName, isEmulator);
            }
            catch (FormatException)
            {
                throw new InputException($"{KeyName} holds no account key: base64 is expected.");
            }
        }
        if (endpoint.Scheme != Uri.UriSchemeHttps)
            throw new InputException($"{location}: signing in needs https, and {EndpointName} is {endpoint.GetLeftPart(UriPartial.Authority)}; set {ConnectionStringName}, {SasName} or {KeyName}.");
        return new(options => new(endpoint, new DefaultAzureCredential(), options), "DefaultAzureCredential", isEmulator);
    }

    static BlobAccess OfConnectionString(BlobLocation location, string connection)
    {
        BlobServiceClient service;
        try
        {
            service = new(connection);
        }
        catch (Exception unusable) when (unusable is FormatException or ArgumentException or InvalidOperationException)
        {
            // The reason may quote the string, and with it the key.
            throw new InputException($"{ConnectionStringName} holds no connection string: DefaultEndpointsProtocol=...;AccountName=...;AccountKey=... is expected.");
        }
        if (service.AccountName != location.Account)
            throw new InputException($"{location} is in account {location.Account}, {ConnectionStringName} is of account {service.AccountName}: correct one of them.");
        return new(options => new(connection, location.Container, options), ConnectionStringName, service.AccountName == EmulatorAccount);
    }

    static Uri Endpoint(BlobLocation location, string? endpoint)
    {
        var text = endpoint is { Length: > 0 } ? endpoint.TrimEnd('/') : $"https://{location.Account}.blob.core.windows.net";
        return Uri.TryCreate($"{text}/{location.Container}", UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address
            : throw new InputException($"{EndpointName} is \"{endpoint}\"; an address such as https://ACCOUNT.blob.core.windows.net is expected.");
    }
}
