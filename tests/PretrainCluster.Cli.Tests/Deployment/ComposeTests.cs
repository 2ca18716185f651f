using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;

namespace PretrainCluster.Cli.Tests.Deployment;

/// <summary>docker-compose.yml: a cluster beside the emulator of Azure Blob Storage, as far as it can be told without starting it.</summary>
public sealed class ComposeTests
{
    static readonly Yaml s_document = Yaml.Documents(Deployed.Read("docker-compose.yml")).Single();
    static readonly IReadOnlyDictionary<string, Yaml> s_services = s_document["services"].Entries;

    static readonly string[] s_coordinators = ["coordinator-1", "coordinator-2", "coordinator-3"], s_nodes = [.. s_coordinators, "worker"];

    public static TheoryData<string> Coordinators { get; } = new(s_coordinators);

    public static TheoryData<string> Nodes { get; } = new(s_nodes);

    [Fact]
    public void Services_AreThreeCoordinatorsWorkersAndAzurite() =>
        Assert.Equal(["azurite", "certificates", .. s_nodes], s_services.Keys.Order());

    [Theory]
    [MemberData(nameof(Coordinators))]
    public void Coordinator_IsReachedUnderItsServicesName(string service)
    {
        var node = Node(service);

        Assert.Equal("coordinator", node["--role"]);
        Assert.Equal($"{service}:4053", node["--at"]);
        Deployed.Options(s_services[service]["healthcheck", "test"].Texts.Skip(1));
        Assert.Equal(node["--at"], s_services[service]["healthcheck", "test"].Texts[^1]);
    }

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Node_JoinsThroughAllCoordinatorsAndSharesTheirFolder(string service)
    {
        var node = Node(service);

        Assert.Equal(s_coordinators.Select(c => $"{c}:4053"), node["--seeds"].Split(','));
        Assert.Equal("runs", node["--shared-runs"]);
        var folder = Dockerfile.Last("cpu", "WORKDIR");
        Assert.Equal(
            [$"runs:{folder}/runs", $"data:{folder}/data", $"certificates:{folder}/certificates"],
            s_services[service]["volumes"].Texts);
        Assert.Equal("pretrain:cpu", s_services[service]["image"].Text);
        Assert.Equal("cpu", s_services[service]["build", "target"].Text);
        Assert.Contains("cpu", Dockerfile.Stages.Keys);
    }

    [Fact]
    public void Certificates_AreMadeBeforeTheNodesThatUseThem()
    {
        var made = Deployed.Options(CommandLineParser.SplitCommandLine(s_services["certificates"]["command"].Text));
        Assert.Equal(("certificates", "*", "operator"), (made["--to"], made["--node"], made["--role"]));
        Assert.All(s_nodes, node => Assert.Equal("certificates/any-node.pem", Node(node)["--certificate"]));
        Assert.All(
            s_nodes,
            node => Assert.Equal(
            $"certificates/{made["--user"]}.pem", s_services[node]["environment", "PRETRAIN_CERTIFICATE"].Text));
        Assert.All(
            s_coordinators,
            node => Assert.Equal(
            "service_completed_successfully", s_services[node]["depends_on", "certificates", "condition"].Text));
    }

    [Fact]
    public void Worker_HasTimeToHandItsRanksOverAndWaitsForItsSeeds()
    {
        var worker = s_services["worker"];

        Assert.True(Duration(worker["stop_grace_period"].Text) >= Deployed.HandOver);
        Assert.Equal(s_coordinators, worker["depends_on"].Entries.Keys);
        Assert.All(worker["depends_on"].Entries.Values, condition => Assert.Equal("service_healthy", condition["condition"].Text));
        Assert.Equal("worker", Node("worker")["--role"]);
    }

    [Fact]
    public void HealthcheckOfAWorker_FindsItsLineAmongThoseOfTheCluster()
    {
        var test = s_services["worker"]["healthcheck", "test"].Texts;
        Assert.Equal("CMD-SHELL", test[0]);
        Deployed.Options(Assert.Single(Deployed.InShell(test[1])));
        ClusterTable.Finds(Regex.Match(test[1], @"grep -q ""(.*)""$").Groups[1].Value.Replace("$$(hostname -i)", "10.0.0.2"));
    }

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Healthcheck_OutlastsWhatItAsks(string service) => Assert.True(Duration(s_services[service]["healthcheck", "timeout"].Text) > Deployed.Patience);

    [Fact]
    public void Volumes_OfServices_AreDeclared() =>
        Assert.Equal(s_document["volumes"].Entries.Keys.Order(), s_services.Values.SelectMany(s => s["volumes"].Texts).Select(v => v.Split(':')[0]).Distinct().Order());

    [Fact]
    public void Azurite_HasAVolumeAHealthCheckAndALocalPort()
    {
        var azurite = s_services["azurite"];
        var mount = Assert.Single(azurite["volumes"].Texts).Split(':');
        var port = Assert.Single(azurite["ports"].Texts).Split(':');

        Assert.Contains($"--location {mount[1]}", azurite["command"].Text);
        Assert.Contains($"--blobPort {port[^1]}", azurite["command"].Text);
        Assert.Equal("127.0.0.1", port[0]);
        Assert.Contains(port[^1], azurite["healthcheck", "test"].Texts);
        Assert.All(s_nodes.Select(n => s_services[n]), node =>
            Assert.EndsWith($"BlobEndpoint=http://azurite:{port[^1]}/devstoreaccount1;", node["environment", "AZURE_STORAGE_CONNECTION_STRING"].Text));
    }

    static IReadOnlyDictionary<string, string> Node(string service)
    {
        var command = s_services[service]["command"];
        return Deployed.Options(command.Items.Count == 0 ? CommandLineParser.SplitCommandLine(command.Text) : Assert.Single(Deployed.InShell(command.Texts[^1])));
    }

    static TimeSpan Duration(string text)
    {
        var number = int.Parse(text[..^1], CultureInfo.InvariantCulture);
        return text[^1] switch
        {
            's' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMinutes(number),
            _ => throw new FormatException(text),
        };
    }
}
