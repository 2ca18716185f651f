using System.Text.Json;
using System.Text.RegularExpressions;
using PretrainCluster.Faults;
using PretrainCluster.Faults.Clusters;

namespace PretrainCluster.Actors.Tests;

/// <summary>Clusters on addresses of their own: network namespaces for machines, real node processes, real packets.</summary>
public sealed partial class MachinesTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>, IDisposable
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
            string[] arguments =
                [.. line.Split(' ').Select(word => word == "configs/demo.yaml" ? Checkout.At(word) : word), .. Shorter(line)];
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
        string[] plan =
        [
            Checkout.At("configs/faults.yaml"), "--set", $"data.dataset={undisturbed.Dataset}", "--set", "training.epochs=25",
        ];
        var folder = Directory.CreateDirectory(Path.Combine(_root, "cluster")).FullName;
        var outcome = await new ClusterSchedule(folder, plan, [fault], 1).ExecuteAsync(CancellationToken.None);
        Assert.Equal([fault.ToString()], outcome.Struck);
        Assert.Empty(outcome.Defects);
        Assert.Equal(undisturbed.WeightsOf(plan), outcome.Weights);
        return outcome;
    }

    /// <summary>For the walk a few clips and passes are as good as many.</summary>
    static IEnumerable<string> Shorter(string line)
    {
        if (line.StartsWith("data synthesize", StringComparison.Ordinal))
            return ["--clips", "240", "--subjects", "6"];
        if (!line.StartsWith("submit", StringComparison.Ordinal))
            return [];
        string[] settings =
        [
            "stages[0].training.epochs=2", "stages[0].training.optimizer.warmup_epochs=1",
            "stages[1].training.epochs=1", "stages[1].training.optimizer.warmup_epochs=0.5", "evaluation.protocols=[knn]",
        ];
        return settings.SelectMany(setting => (string[])["--set", setting]);
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

/// <summary>The training that no fault struck, by a single worker, once for all tests that compare with it.</summary>
public sealed class UndisturbedRun : IDisposable
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(4);

    readonly string _root = Directory.CreateTempSubdirectory("pretrain-undisturbed-").FullName;
    string? _weights;

    public UndisturbedRun() =>
        Succeed("data", "synthesize", "--to", Dataset, "--clips", "240", "--subjects", "6", "--frames", "16-32");

    public string Dataset => Path.Combine(_root, "data", "tiny");

    /// <param name="plan">the same for every caller: file and settings</param>
    public string WeightsOf(string[] plan)
    {
        if (_weights is not null)
            return _weights;
        Succeed(
            ["run", .. plan, "--set", "workers.max=1", .. ClusterSchedule.Limits.SelectMany(limit => (string[])["--set", limit])]);
        using var info = JsonDocument.Parse(File.ReadAllText(Path.Combine(_root, "runs", "faults", "run.json")));
        return _weights = info.RootElement.GetProperty("weights_sha256").GetString()!;
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    void Succeed(params string[] arguments)
    {
        using var process = PretrainProcess.Start(_root, arguments);
        Assert.True(process.Wait(s_limit) == 0, process.Output);
    }
}

/// <summary>A test that needs machines; skipped, with the reason, where there can be none.</summary>
sealed class MachinesFactAttribute : FactAttribute
{
    public MachinesFactAttribute() => Skip = MachineNetwork.Missing;
}
