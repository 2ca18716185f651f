using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace PretrainCluster.Cli.Tests.Deployment;

/// <summary>What docs/deployment.md tells people to run within containers and jobs.</summary>
public sealed partial class DeploymentPageTests
{
    static readonly string s_page = Deployed.Read("docs", "deployment.md");

    [Fact]
    public void CommandLines_WithinContainers_ParseAndNameContainersThatExist()
    {
        var lines = InContainer().Matches(s_page);
        Assert.True(lines.Count > 8);
        var compose = Yaml.Documents(Deployed.Read("docker-compose.yml")).Single()["services"].Entries;
        foreach (Match line in lines)
        {
            Deployed.Options(CommandLineParser.SplitCommandLine(line.Groups["command"].Value));
            var place = line.Groups["place"].Value;
            Assert.True(compose.ContainsKey(place) || place == "coordinator-0" || Dockerfile.Stages.ContainsKey(place["pretrain:".Length..]), place);
        }
    }

    [Fact]
    public void Files_ThatThePageNames_Exist()
    {
        var named = PathOfCheckout().Matches(s_page).Select(m => m.Value)
            .Where(p => !p.EndsWith("/gpu/certificates", StringComparison.Ordinal)).Distinct().ToList();
        Assert.True(named.Count > 5);
        Assert.All(named, path => Assert.True(Path.Exists(Checkout.At(path)), path));
    }

    [GeneratedRegex(@"^ {4,}(?:docker compose exec (?<place>\S+) |kubectl .*exec (?<place>\S+) -- |docker run .*(?<place>pretrain:\w+) )(?<command>pretrain .*)$", RegexOptions.Multiline)]
    private static partial Regex InContainer();

    [GeneratedRegex(@"(?<![\w./-])(?:cluster|configs|tests)/[\w./-]*\w")]
    private static partial Regex PathOfCheckout();
}
