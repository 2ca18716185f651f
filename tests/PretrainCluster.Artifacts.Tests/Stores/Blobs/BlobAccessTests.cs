using Azure.Storage.Blobs;
using Azure.Storage.Sas;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Artifacts.Stores.Blobs;
using PretrainCluster.Azurite;
using PretrainCluster.Core;

namespace PretrainCluster.Artifacts.Tests.Stores.Blobs;

[Collection(AzuriteTests.Name)]
public sealed class BlobAccessTests(AzuriteFixture azurite)
{
    static readonly BlobLocation s_location = BlobLocation.Parse("azure://someaccount/models/a/b");
    static readonly string s_key = Convert.ToBase64String(new byte[64]);

    [Fact]
    public void FromEnvironment_TheFirstVariableThatIsSet_OpensIt()
    {
        var connection = $"DefaultEndpointsProtocol=https;AccountName=someaccount;AccountKey={s_key};EndpointSuffix=core.windows.net";

        Assert.Equal("DefaultAzureCredential", Of([]).Description);
        Assert.Equal("AZURE_STORAGE_KEY", Of(("AZURE_STORAGE_KEY", s_key)).Description);
        Assert.Equal("AZURE_STORAGE_SAS_TOKEN", Of(("AZURE_STORAGE_KEY", s_key), ("AZURE_STORAGE_SAS_TOKEN", "?sv=1&sig=x")).Description);
        Assert.Equal("AZURE_STORAGE_CONNECTION_STRING", Of(("AZURE_STORAGE_SAS_TOKEN", "?sv=1"), ("AZURE_STORAGE_CONNECTION_STRING", connection)).Description);
        Assert.Equal("https://someaccount.blob.core.windows.net/models", Of(("AZURE_STORAGE_KEY", s_key)).Open(new()).Uri.ToString());
        Assert.Equal("https://example.org/models", Of(("AZURE_STORAGE_KEY", s_key), ("AZURE_STORAGE_SERVICE_ENDPOINT", "https://example.org/")).Open(new()).Uri.ToString());
    }

    [Theory]
    [InlineData("AZURE_STORAGE_CONNECTION_STRING", "AccountKey=c2VjcmV0c2VjcmV0", "no connection string")]
    [InlineData("AZURE_STORAGE_CONNECTION_STRING", "secretsecret", "no connection string")]
    [InlineData("AZURE_STORAGE_CONNECTION_STRING", "DefaultEndpointsProtocol=https;AccountName=another;AccountKey=c2VjcmV0c2VjcmV0;EndpointSuffix=core.windows.net", "is of account another")]
    [InlineData("AZURE_STORAGE_KEY", "secretsecret!", "no account key")]
    [InlineData("AZURE_STORAGE_SERVICE_ENDPOINT", "ftp://x", "an address such as")]
    [InlineData("AZURE_STORAGE_SERVICE_ENDPOINT", "http://127.0.0.1:10000/someaccount", "signing in needs https")]
    public void FromEnvironment_UnusableVariable_IsNamedAndNotShown(string name, string value, string reason)
    {
        var refusal = Assert.Throws<InputException>(() => Of((name, value)));

        Assert.Contains(reason, refusal.Message);
        Assert.Contains(name, refusal.Message);
        Assert.DoesNotContain("secretsecret", refusal.ToString());
        Assert.DoesNotContain("c2VjcmV0c2VjcmV0", refusal.ToString());
    }

    [AzuriteFact]
    public async Task Check_WithATokenThatMayOnlyRead_ReadsAndSaysWhatItMayNotDo()
    {
        var location = AzuriteFixture.NewLocation();
        var owner = await AzuriteFixture.OpenAsync(location, azurite.Server.Port);
        await owner.PutIfAbsentAsync("a", "hello"u8.ToArray());
        var container = new BlobContainerClient(azurite.Server.ConnectionString, location.Container);
        var token = container.GenerateSasUri(BlobContainerSasPermissions.Read | BlobContainerSasPermissions.List, DateTimeOffset.UtcNow.AddHours(1)).Query;
        var access = BlobAccess.FromEnvironment(location, name => name switch
        {
            "AZURE_STORAGE_SAS_TOKEN" => token,
            "AZURE_STORAGE_SERVICE_ENDPOINT" => $"http://127.0.0.1:{azurite.Server.Port}/{AzuriteServer.Account}",
            _ => null,
        }) with
        { IsEmulator = false };
        var reader = new AzureBlobStore(location, access);
        await reader.CheckAsync();

        Assert.Equal("hello", System.Text.Encoding.UTF8.GetString((await reader.GetAsync("a", 100))!));
        var refusal = await Assert.ThrowsAsync<StoreException>(() => reader.PutIfAbsentAsync("b", "x"u8.ToArray()));
        Assert.Equal(StoreFailure.Denied, refusal.Failure);
        Assert.Contains("AZURE_STORAGE_SAS_TOKEN does not give permission", refusal.Message);
        Assert.DoesNotContain(token.Split("sig=")[1].Split('&')[0], refusal.ToString());
    }

    [AzuriteFact]
    public async Task Check_WrongKeyOrNoContainer_SaysWhich()
    {
        var location = AzuriteFixture.NewLocation();
        var endpoint = $"http://127.0.0.1:{azurite.Server.Port}/{AzuriteServer.Account}";
        var wrong = BlobAccess.FromEnvironment(location, name => name switch { "AZURE_STORAGE_KEY" => s_key, "AZURE_STORAGE_SERVICE_ENDPOINT" => endpoint, _ => null });
        var right = AzuriteFixture.Access(location, azurite.Server.Port) with { IsEmulator = false };

        Assert.Equal(StoreFailure.Denied, (await Assert.ThrowsAsync<StoreException>(() => new AzureBlobStore(location, wrong).CheckAsync())).Failure);
        var missing = await Assert.ThrowsAsync<StoreException>(() => new AzureBlobStore(location, right).CheckAsync());
        Assert.Equal(StoreFailure.NoContainer, missing.Failure);
        Assert.Contains($"az storage container create --account-name {AzuriteServer.Account} --name {location.Container}", missing.Message);
        Assert.Equal(StoreFailure.NoContainer, (await Assert.ThrowsAsync<StoreException>(() => new AzureBlobStore(location, right).HeadAsync("a"))).Failure);
        Assert.Equal(StoreFailure.NoContainer, (await Assert.ThrowsAsync<StoreException>(() => new AzureBlobStore(location, right).PutIfAbsentAsync("a", "x"u8.ToArray()))).Failure);
    }

    static BlobAccess Of(params (string Name, string Value)[] environment) =>
        BlobAccess.FromEnvironment(s_location, name => environment.FirstOrDefault(variable => variable.Name == name).Value);
}
