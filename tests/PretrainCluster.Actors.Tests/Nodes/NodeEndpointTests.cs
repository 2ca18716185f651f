using PretrainCluster.Actors.Nodes;
using PretrainCluster.Core;

namespace PretrainCluster.Actors.Tests.Nodes;

public sealed class NodeEndpointTests
{
    [Theory]
    [InlineData("127.0.0.1:4054", "127.0.0.1:4054")]
    [InlineData("127.0.0.1:0", "127.0.0.1:0")]
    [InlineData("127.0.0.1", "127.0.0.1:4053")]
    [InlineData("localhost:4054", "127.0.0.1:4054")]
    [InlineData("localhost", "127.0.0.1:4053")]
    [InlineData("[::1]:4054", "[::1]:4054")]
    [InlineData("::1", "[::1]:4053")]
    public void Parse_HostAndPort_IsTheAddress(string text, string expected) => Assert.Equal(expected, NodeEndpoint.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("localhost:many")]
    [InlineData("localhost:70000")]
    [InlineData("a:1:2")]
    [InlineData("no such host")]
    public void Parse_AnythingElse_IsRefused(string text) => Assert.Throws<InputException>(() => NodeEndpoint.Parse(text));
}
