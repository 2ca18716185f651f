using System.Runtime.Versioning;
using System.Text.RegularExpressions;

namespace PretrainCluster.Cli.Tests.Deployment;

/// <summary>No image is built here; what its stages name exists, and its scripts do what it relies on.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class DockerfileTests
{
    public static TheoryData<string> Targets { get; } = new("cpu", "cuda");

    [Fact]
    public void From_OfEveryStage_IsDebianOrAStageBefore()
    {
        var before = new HashSet<string> { "debian:12-slim" };
        foreach (var stage in Dockerfile.Stages.Values)
        {
            Assert.Contains(stage.From, before);
            Assert.All(stage.Of("COPY").SelectMany(c => Regex.Matches(c, @"--from=(\S+)").Select(m => m.Groups[1].Value)), from => Assert.Contains(from, before));
            before.Add(stage.Name);
        }
    }

    [Fact]
    public void Copy_FromTheCheckout_NamesWhatIsThereAndNotIgnored()
    {
        var ignored = Deployed.Read(".dockerignore").Split('\n').Select(l => l.TrimStart('/'));
        foreach (var source in Dockerfile.Stages.Values.SelectMany(s => s.Of("COPY")).Where(c => !c.Contains("--from")).SelectMany(c => c.Split(' ')[..^1]))
        {
            Assert.True(Path.Exists(Checkout.At(source)), source);
            Assert.DoesNotContain(source.TrimEnd('/'), ignored);
        }
    }

    [Fact]
    public void Run_OfAScript_NamesOneThatIsThere()
    {
        var scripts = Dockerfile.Stages.Values.SelectMany(s => s.Of("RUN")).SelectMany(r => Regex.Matches(r, @"\bcluster/\S+").Select(m => m.Value)).ToList();
        Assert.NotEmpty(scripts);
        Assert.All(scripts, script => Assert.True((File.GetUnixFileMode(Checkout.At(script)) & UnixFileMode.UserExecute) != 0, script));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Target_IsRunByAUserOfItsOwnUnderAnInit(string target)
    {
        var user = Regex.Match(Dockerfile.Last(target, "RUN") + Dockerfile.Stages["runtime"].Of("RUN").Single(r => r.Contains("useradd")), @"--uid (\d+)").Groups[1].Value;
        Assert.Equal($"{user}:{user}", Dockerfile.Last(target, "USER"));
        Assert.Equal("""["/usr/bin/tini", "--", "entrypoint"]""", Dockerfile.Last(target, "ENTRYPOINT"));
        Assert.Contains($"--from=build-{target} /opt/pretrain /opt/pretrain", Dockerfile.Stages[target].Of("COPY"));
    }

    [Fact]
    public void Dotnet_IsTheOneOfGlobalJson()
    {
        var asked = Regex.Match(Deployed.Read("global.json"), @"""version"": ""(\d+\.\d+)\.").Groups[1].Value;
        var channels = Dockerfile.Stages.Values.SelectMany(s => s.Of("RUN")).SelectMany(r => Regex.Matches(r, @"--channel (\S+)").Select(m => m.Groups[1].Value)).ToList();
        Assert.Equal(2, channels.Count);
        Assert.All(channels, channel => Assert.Equal(asked, channel));
    }

    [Fact]
    public void Entrypoint_SeedsWithoutAnAddressYet_WaitsForEachAndBecomesTheCommand()
    {
        using var folder = new FakePrograms();
        folder.Add("getent", """
            echo "$2" >>"$FAKE/asked"
            [ "$(grep -c "^$2$" "$FAKE/asked")" -ge 2 ]
            """);

        var (code, output) = folder.Run(Checkout.At("cluster/container/entrypoint"), "echo", "node", "--seeds", "one:4053,two:4053", "--at", "a b:1");

        Assert.Equal((0, "node --seeds one:4053,two:4053 --at a b:1\n"), (code, output));
        Assert.Equal(["one", "one", "two", "two"], folder.Lines("asked"));
    }

    [Fact]
    public void Entrypoint_NoSeeds_BecomesTheCommandAtOnce()
    {
        using var folder = new FakePrograms();
        folder.Add("getent", "exit 2");
        Assert.Equal((3, ""), folder.Run(Checkout.At("cluster/container/entrypoint"), "sh", "-c", "exit 3"));
    }
}
