using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using PretrainCluster.Faults;

namespace PretrainCluster.Actors.Tests;

/// <summary>A coordinator node and a worker node as real processes on loopback, beside the host of a single machine.</summary>
public sealed partial class ClusterTests : IDisposable
{
    const int Interrupt = 2;

    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(6);

    const string Plan = """
        name: tiny
        data: {dataset: data/tiny, split: xsub}
        view: {frames: 16, crop: {min_frames: 8}, augment: [{kind: rotation}]}
        encoder: {width: 32, depth: 2, heads: 2, dropout: 0.1}
        objective: {kind: masked_coordinates, mask_ratio: 0.8, decoder: {depth: 1}}
        training:
          epochs: 8
          batch: {clips: 16, micro_batches: 4}
          optimizer: {learning_rate: 1e-3, warmup_epochs: 2}
        workers: {max: 2, threads: 1}
        recovery: {silence: 25}
        checkpoints: {every_steps: 20}
        evaluation: {protocols: [knn], seeds: 2}
        """;

    readonly string _root = Directory.CreateTempSubdirectory("pretrain-cluster-").FullName;

    public ClusterTests()
    {
        File.WriteAllText(Path.Combine(_root, "tiny.yaml"), Plan);
        Succeed("data", "synthesize", "--to", "data/tiny", "--clips", "120", "--subjects", "6", "--frames", "16-32");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Submit_ToTwoWorkersOfANode_TrainsToTheWeightsOfASingleMachine()
    {
        Succeed("run", "tiny.yaml", "--set", "workers.max=1");
        var alone = Weights("runs");

        using var coordinator = Start("node", "--role", "coordinator", "--at", "127.0.0.1:0", "--shared-runs", "shared");
        var address = Await(coordinator, CoordinatorNode()).Groups[1].Value;
        using var worker = Start("node", "--role", "worker", "--seeds", address, "--shared-runs", "shared", "--slots", "2");
        var output = Succeed("submit", "tiny.yaml", "--cluster", address, "--wait");

        Assert.Contains($"weights {alone}", output);
        Assert.Equal(alone, Weights("shared"));
        Assert.Matches("trains on from step .* with 2 of 2 workers", coordinator.Output);
        Await(coordinator, Evaluated());
        Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(_root, "shared", "tiny", "evaluations")));

        worker.Signal(Interrupt);
        Assert.Equal(0, worker.Wait(s_limit));
        coordinator.Signal(Interrupt);
        Assert.Equal(0, coordinator.Wait(s_limit));
    }

    [Fact]
    public void Verbs_OnARunOfACluster_ActAsOnOneOfThisMachine()
    {
        using var coordinator = Start("node", "--role", "coordinator", "--at", "127.0.0.1:0", "--shared-runs", "shared");
        var address = Await(coordinator, CoordinatorNode()).Groups[1].Value;
        using var worker = Start("node", "--role", "worker", "--seeds", address, "--shared-runs", "shared", "--slots", "2");
        Succeed("submit", "tiny.yaml", "--set", "training.epochs=100000", "--cluster", address);
        var generation = AwaitTraining(coordinator, 2);

        var workers = Succeed("workers", "tiny", "--cluster", address);
        Assert.Equal(2, workers.Split('\n').Count(line => line.Contains("training", StringComparison.Ordinal) && line.Contains("cpu:", StringComparison.Ordinal)));
        var nodes = Succeed("cluster", address);
        Assert.Matches(@$"{Regex.Escape(address)} +coordinator +up +yes +coordinates", nodes);
        Assert.Contains("leads the cluster", nodes);
        Assert.Matches(@"worker +up +yes +2 +2", nodes);
        Assert.Matches($"tiny +training +0 +{generation} ", Succeed("runs", "--cluster", address));
        Assert.Matches($@"tiny: training .*\s+step .*, generation {generation}, priority 0, 2 of 2 workers, submitted by ", Succeed("show", "tiny", "--cluster", address));

        Succeed("scale", "tiny", "--workers", "1", "--cluster", address);
        generation = AwaitTraining(coordinator, 1, after: generation);
        Succeed("pause", "tiny", "--cluster", address);
        Await(() => Succeed("runs", "--cluster", address).Contains("paused", StringComparison.Ordinal));
        Succeed("resume", "tiny", "--cluster", address);
        AwaitTraining(coordinator, 1, after: generation);
        Succeed("cancel", "tiny", "--reason", "enough", "--cluster", address);
        Await(() => Succeed("runs", "--cluster", address).Contains("enough", StringComparison.Ordinal));

        var (code, output) = Run("scale", "other", "--workers", "1", "--cluster", address);
        Assert.Equal((2, true), (code, output.Contains("There is no run other", StringComparison.Ordinal)));
        Assert.Equal(Enumerable.Range(1, Steps()), RecordedSteps());
        Assert.Contains(
            $"\"by\":\"{Environment.UserName}\"",
            File.ReadAllText(Path.Combine(_root, "shared", "tiny", "events.jsonl")));
    }

    [Fact]
    public void Node_StoppedInMidRun_HandsItsRanksOverWithoutLosingAStep()
    {
        Succeed("run", "tiny.yaml", "--set", "workers.max=1", "--set", "training.epochs=40");
        var alone = Weights("runs");

        using var coordinator = Start("node", "--role", "coordinator", "--at", "127.0.0.1:0", "--shared-runs", "shared");
        var address = Await(coordinator, CoordinatorNode()).Groups[1].Value;
        using var first = Start("node", "--role", "worker", "--seeds", address, "--shared-runs", "shared", "--slots", "2");
        Succeed("submit", "tiny.yaml", "--set", "training.epochs=40", "--cluster", address);
        var generation = AwaitTraining(coordinator, 2);
        using var second = Start("node", "--role", "worker", "--seeds", address, "--shared-runs", "shared", "--slots", "2");
        Await(() => Succeed("cluster", address).Split('\n').Count(line => line.Contains("worker ", StringComparison.Ordinal) && line.Contains(" up ", StringComparison.Ordinal)) == 2);

        first.Signal(Interrupt);
        Assert.Equal(0, first.Wait(s_limit));
        Await(() => Succeed("runs", "--cluster", address).Contains("finished", StringComparison.Ordinal));

        Assert.Equal(alone, Weights("shared"));
        Assert.Equal(Enumerable.Range(1, Steps()), RecordedSteps());
        // What a worker had applied when it left, the generation after its last one begins with, or with more: no step
        // is lost. One that was only under way when somebody joined may be computed again.
        var generations = Lines("generations").Where(entry => entry.TryGetProperty("formed", out _)).ToList();
        Assert.Contains(generations, entry => entry.GetProperty("generation").GetInt32() > generation);
        foreach (var worker in Lines("workers"))
        {
            var name = worker.GetProperty("worker").GetString();
            var after = generations.SkipWhile(entry => !IsMember(entry, name)).SkipWhile(entry => IsMember(entry, name));
            Assert.All(after, entry => Assert.True(
                entry.GetProperty("step").GetInt32() >= worker.GetProperty("last_step").GetInt32(),
                $"{name} had applied more than generation {entry.GetProperty("generation")} begins with"));
        }

        List<JsonElement> Lines(string record) =>
            [.. File.ReadLines(Path.Combine(_root, "shared", "tiny", $"{record}.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

        static bool IsMember(JsonElement entry, string? worker) =>
            entry.GetProperty("workers").EnumerateArray().Any(member => member.GetString() == worker);
    }

    [Fact]
    public void Submit_OfAPlanThatCannotBeCarried_IsRefusedWithTheReason()
    {
        using var coordinator = Start("node", "--role", "coordinator", "--at", "127.0.0.1:0", "--shared-runs", "shared");
        var address = Await(coordinator, CoordinatorNode()).Groups[1].Value;
        var (code, output) = Run("submit", "tiny.yaml", "--set", "data.dataset=data/none", "--cluster", address);
        Assert.Equal(2, code);
        Assert.Contains("data/none", output);
        Assert.False(Directory.Exists(Path.Combine(_root, "shared", "tiny")));
    }

    [Theory]
    [InlineData("--seeds", "node", "--role", "worker", "--shared-runs", "shared")]
    [InlineData("HOST:PORT", "node", "--role", "coordinator", "--at", "here:and:there", "--shared-runs", "shared")]
    [InlineData("--slots", "node", "--role", "worker", "--seeds", "127.0.0.1", "--slots", "0", "--shared-runs", "shared")]
    [InlineData("follower", "node", "--role", "follower", "--shared-runs", "shared")]
    [InlineData(
        "without a certificate a node speaks on loopback only", "node", "--role", "coordinator", "--at", "10.0.0.1",
        "--shared-runs", "shared")]
    [InlineData("--certificate names the file of your certificate", "cluster", "10.0.0.1")]
    [InlineData("none.pem", "node", "--role", "coordinator", "--certificate", "none.pem", "--shared-runs", "shared")]
    public void Node_WithOptionsThatDoNotFit_IsOneErrorAndExitCode2(string expected, params string[] arguments)
    {
        var (code, output) = Run(arguments);
        Assert.Equal(2, code);
        Assert.Contains(expected, output);
    }

    string Weights(string runs)
    {
        using var info = JsonDocument.Parse(File.ReadAllText(Path.Combine(_root, runs, "tiny", "run.json")));
        return info.RootElement.GetProperty("weights_sha256").GetString()!;
    }

    IEnumerable<int> RecordedSteps() =>
        File.ReadLines(Path.Combine(_root, "shared", "tiny", "metrics.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("step").GetInt32());

    int Steps()
    {
        using var info = JsonDocument.Parse(File.ReadAllText(Path.Combine(_root, "shared", "tiny", "run.json")));
        return info.RootElement.GetProperty("step").GetInt32();
    }

    PretrainProcess Start(params string[] arguments) => PretrainProcess.Start(_root, arguments);

    (int Code, string Output) Run(params string[] arguments)
    {
        using var process = Start(arguments);
        var code = process.Wait(s_limit);
        return (code, process.Output);
    }

    string Succeed(params string[] arguments)
    {
        var (code, output) = Run(arguments);
        Assert.True(code == 0, $"pretrain {string.Join(' ', arguments)} ended with {code}:\n{output}");
        return output;
    }

    static Match Await(PretrainProcess process, Regex line)
    {
        for (var began = DateTime.UtcNow; DateTime.UtcNow - began < s_limit && !process.HasExited; Thread.Sleep(50))
        {
            if (line.Match(process.Output) is { Success: true } match)
                return match;
        }
        throw new TimeoutException($"{line} was not said; what was:\n{process.Output}");
    }

    static void Await(Func<bool> condition)
    {
        for (var began = DateTime.UtcNow; !condition(); Thread.Sleep(50))
            Assert.True(DateTime.UtcNow - began < s_limit);
    }

    /// <summary>The first generation after that one which trains with as many workers as are wanted. A worker that is slow to start joins the second one.</summary>
    static int AwaitTraining(PretrainProcess coordinator, int workers, int after = 0)
    {
        var trains = new Regex($@"generation (\d+) trains on from step .* with {workers} of {workers} workers");
        var generation = 0;
        Await(() => (generation = trains.Matches(coordinator.Output).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).FirstOrDefault(number => number > after)) > 0);
        return generation;
    }

    [GeneratedRegex(@"coordinator node (127\.0\.0\.1:\d+)")]
    private static partial Regex CoordinatorNode();

    [GeneratedRegex("evaluation of step 45 is done")]
    private static partial Regex Evaluated();
}
