using PretrainCluster.Artifacts.Stores.Blobs;
using PretrainCluster.Core;

namespace PretrainCluster.Artifacts.Tests.Stores.Blobs;

public sealed class BlobLocationTests
{
    [Theory]
    [InlineData("azure://account1/models", "account1", "models", "")]
    [InlineData("azure://account1/models/", "account1", "models", "")]
    [InlineData("azure://account1/my-models/runs/a.b", "account1", "my-models", "runs/a.b")]
    public void Parse_Location_GivesItsPartsAndReadsBack(string text, string account, string container, string prefix)
    {
        var location = BlobLocation.Parse(text);

        Assert.Equal(new(account, container, prefix), location);
        Assert.Equal(location, BlobLocation.Parse(location.ToString()));
    }

    [Theory]
    [InlineData("azure://")]
    [InlineData("azure://account1")]
    [InlineData("azure://Account/models")]
    [InlineData("azure://account1/m")]
    [InlineData("azure://account1/-models")]
    [InlineData("azure://account1/models/../up")]
    [InlineData("azure://account1/models//a")]
    [InlineData("azure://account1.blob.core.windows.net/models")]
    [InlineData("s3://bucket/a")]
    public void Parse_AnythingElse_IsRefused(string text) => Assert.Contains("azure://ACCOUNT/CONTAINER/PREFIX", Assert.Throws<InputException>(() => BlobLocation.Parse(text)).Message);

    [Fact]
    public void Parse_LocationWithAToken_IsRefusedWithoutShowingIt() =>
        Assert.DoesNotContain("sig", Assert.Throws<InputException>(() => BlobLocation.Parse("azure://account1/models?sv=1&sig=abc")).Message);
}
