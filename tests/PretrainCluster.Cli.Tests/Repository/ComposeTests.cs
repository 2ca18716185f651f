using YamlDotNet.RepresentationModel;

namespace PretrainCluster.Cli.Tests.Repository;

/// <summary>docker-compose.yml starts the emulator of Azure Blob Storage, reachable from this machine alone.</summary>
public class ComposeTests
{
    [Fact]
    public void Compose_Azurite_HasAVolumeAHealthCheckAndALocalPort()
    {
        var azurite = Map(Map(Document().Children["services"]).Children["azurite"]);
        var volumes = Map(Document().Children["volumes"]);

        var mount = Assert.Single(Texts(azurite.Children["volumes"])).Split(':');
        Assert.Contains(mount[0], volumes.Children.Keys.Select(k => k.ToString()));
        Assert.Contains($"--location {mount[1]}", azurite.Children["command"].ToString());
        Assert.All(Texts(azurite.Children["ports"]), port => Assert.StartsWith("127.0.0.1:", port));
        Assert.NotEmpty(Texts(Map(azurite.Children["healthcheck"]).Children["test"]));
    }

    static YamlMappingNode Document()
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(Path.Combine(Checkout.Root, "docker-compose.yml"))));
        return Map(stream.Documents.Single().RootNode);
    }

    static YamlMappingNode Map(YamlNode node) => Assert.IsType<YamlMappingNode>(node);

    static string[] Texts(YamlNode node) => [.. Assert.IsType<YamlSequenceNode>(node).Children.Select(c => c.ToString())];
}
