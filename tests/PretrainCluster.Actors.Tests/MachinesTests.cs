using System.Text.Json;
using System.Text.RegularExpressions;
using PretrainCluster.Faults;
using PretrainCluster.Faults.Clusters;

namespace PretrainCluster.Actors.Tests;

/// <summary>Clusters on addresses of their own: network namespaces for machines, real node processes, real packets.</summary>
public sealed partial class MachinesTests : IDisposable
{
    const int Interrupt = 2;

    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(4);

    readonly string _root = Directory.CreateTempSubdirectory("pretrain-machines-").FullName;
    readonly List<PretrainProcess> _nodes = [];

    public void Dispose()
    {
        foreach (var node in _nodes)
            node.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [MachinesFact]
    public void EveryCommandOfTheWalk_DoesWhatItSays()
    {
        using var network = new MachineNetwork(4);
        var shared = Directory.CreateDirectory(Path.Combine(_root, "shared")).FullName;
        var commands = Command().Matches(File.ReadAllText(Checkout.At("docs/cluster.md"))).Select(line => (Machine: line.Groups[1].Value, Line: line.Groups[2].Value.Replace("/mnt/shared", shared, StringComparison.Ordinal))).ToList();
        Assert.Equal(3, commands.Count(command => command.Line.Contains("--role coordinator --at", StringComparison.Ordinal)));
        var weights = new List<string>();
        foreach (var (machine, line) in commands)
        {
            // The walk's three machines, and a fourth for what it tries out on one.
            var at = machine.Length > 0 ? machine[^1] - '1' : 3;
            // As far as the walk is concerned three passes are as good as a hundred.
            string[] arguments = [.. line.Split(' ').Select(word => word == "configs/demo.yaml" ? Checkout.At(word) : word), .. line.StartsWith("submit", StringComparison.Ordinal) ? (string[])["--set", "stages[0].training.epochs=2", "--set", "stages[0].training.optimizer.warmup_epochs=1", "--set", "stages[1].training.epochs=1", "--set", "stages[1].training.optimizer.warmup_epochs=0.5"] : []];
            var process = PretrainProcess.StartOn(network.On(at), _root, arguments);
            if (arguments[0] == "node")
            {
                _nodes.Add(process);
                // A moment's work for whoever types it.
                Until(() => process.Output.Contains("node", StringComparison.Ordinal), process);
                continue;
            }
            using (process)
            {
                if (arguments is ["cluster", not "certificates", ..])
                {
                    // Until all six are up it shows fewer; a person looks again.
                    Until(() => Ask(network, at, arguments).Split('\n').Count(row => row.Contains(" up ", StringComparison.Ordinal)) == 6, process);
                    continue;
                }
                Assert.True(process.Wait(s_limit) == 0, $"pretrain {line}:\n{process.Output}\n{string.Join('\n', _nodes.Select(node => node.Output))}");
                weights.AddRange(Weights().Matches(process.Output).Select(match => match.Groups[1].Value));
                if (arguments[0] is "runs" or "show")
                    Assert.Contains("finished", process.Output);
            }
        }
        // Three workers on three machines, two on one, and what one of them shows.
        Assert.True(weights.Count >= 2);
        Assert.Single(weights.Distinct());
        foreach (var node in Enumerable.Reverse(_nodes))
            node.Signal(Interrupt);
        Assert.All(_nodes, node => Assert.Equal(0, node.Wait(s_limit)));
    }

    [MachinesFact]
    public async Task CoordinatorsMachine_LosesItsPower_TrainingLosesNothing()
    {
        var outcome = await ExecuteAsync(new ClusterFault(ClusterFaultKind.KillCoordinator, 20));
        // A worker that was slow to start may join amid a step, before the fault; nothing else has one computed again.
        Assert.All(outcome.Generations.Where(generation => generation.Redone > 0), generation => Assert.EndsWith(" joins", generation.Reason, StringComparison.Ordinal));
    }

    [MachinesFact]
    public async Task CoordinatorsMachine_CutOffWithHalfOfTheWorkers_OneCoordinatorWritesAtATime() =>
        await ExecuteAsync(new ClusterFault(ClusterFaultKind.CutCoordinator, 20));

    async Task<ClusterOutcome> ExecuteAsync(ClusterFault fault)
    {
        using (var synthesize = PretrainProcess.Start(_root, "data", "synthesize", "--to", "data/tiny", "--clips", "240", "--subjects", "6", "--frames", "16-32"))
            Assert.Equal(0, synthesize.Wait(s_limit));
        string[] plan = [Checkout.At("configs/faults.yaml"), "--set", $"data.dataset={Path.Combine(_root, "data", "tiny")}", "--set", "training.epochs=60"];
        using (var alone = PretrainProcess.Start(_root, ["run", .. plan, "--set", "workers.max=1", .. ClusterSchedule.Limits.SelectMany(limit => (string[])["--set", limit])]))
            Assert.True(alone.Wait(s_limit) == 0, alone.Output);
        using var info = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_root, "runs", "faults", "run.json")));

        var folder = Directory.CreateDirectory(Path.Combine(_root, "cluster")).FullName;
        var outcome = await new ClusterSchedule(folder, plan, [fault], 1).ExecuteAsync(CancellationToken.None);
        Assert.Equal([fault.ToString()], outcome.Struck);
        Assert.Empty(outcome.Defects);
        Assert.Equal(info.RootElement.GetProperty("weights_sha256").GetString(), outcome.Weights);
        return outcome;
    }

    string Ask(MachineNetwork network, int machine, IReadOnlyList<string> arguments)
    {
        using var process = PretrainProcess.StartOn(network.On(machine), _root, arguments);
        process.Wait(s_limit);
        return process.Output;
    }

    static void Until(Func<bool> condition, PretrainProcess process)
    {
        for (var began = DateTime.UtcNow; !condition(); Thread.Sleep(100))
            Assert.True(DateTime.UtcNow - began < s_limit, process.Output);
    }

    [GeneratedRegex(@"^    (?:(10\.0\.0\.\d)\$ )?pretrain (.+)$", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex("weights ([0-9a-f]{64})")]
    private static partial Regex Weights();
}

/// <summary>A test that needs machines; skipped, with the reason, where there can be none.</summary>
sealed class MachinesFactAttribute : FactAttribute
{
    public MachinesFactAttribute() => Skip = MachineNetwork.Missing;
}
