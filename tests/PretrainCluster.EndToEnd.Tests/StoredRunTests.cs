using System.Text.Json;
using PretrainCluster.Azurite;
using PretrainCluster.Faults;

namespace PretrainCluster.EndToEnd.Tests;

/// <summary>Runs whose dataset and checkpoints are in blob storage: a real Azurite, behind a proxy that fails.</summary>
public sealed class StoredRunTests : IDisposable
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [AzuriteFact]
    public async Task Run_RequestsFailingAndAzuriteKilled_EndsWithTheSameWeightsAndCanBePulled()
    {
        string[] plan = ["run", "tiny.yaml", "--set", "training.epochs=12", "--set", "evaluation.protocols=[]", "--set", "workers.max=2", "--set", "workers.threads=1"];
        _workspace.Succeed(plan);

        await using var azurite = await AzuriteServer.StartAsync();
        await using var proxy = new FaultProxy(azurite.Port, seed: 1);
        var (dataset, store) = (AzuriteServer.Location("datasets", "tiny"), AzuriteServer.Location("models", "here"));
        Succeed(azurite.Port, "data", "push", "data/tiny", dataset);
        Succeed(azurite.Port, "run", "tiny.yaml", "--dry-run", "--set", $"data.dataset={dataset}");
        proxy.LongestDelay = TimeSpan.FromMilliseconds(50);
        proxy.Rates = Enum.GetValues<FaultKind>().Where(kind => kind != FaultKind.None).ToDictionary(kind => kind, _ => 0.04);

        using (var run = Start(proxy.Port, [.. plan, "--set", "name=stored", "--set", $"data.dataset={dataset}", "--set", $"checkpoints.store={store}"]))
        {
            var metrics = _workspace.In("runs", "stored", "metrics.jsonl");
            while (!run.HasExited && (!File.Exists(metrics) || File.ReadLines(metrics).Count() < 12))
                await Task.Delay(20);
            Assert.False(run.HasExited, run.Output);
            await azurite.KillBehindAsync(proxy);
            await azurite.RestartAsync();
            proxy.IsAway = false;
            Assert.True(run.Wait(s_limit) == 0, run.Output);
        }

        Assert.Equal(Weights("tiny"), Weights("stored"));
        Assert.True(proxy.Counts.Where(count => count.Key != FaultKind.None).Sum(count => count.Value) > 10);
        Succeed(azurite.Port, "checkpoints", "stored", "--verify");
        Succeed(azurite.Port, "tag", "stored", "tiny:best");
        Assert.Contains("tiny:best", Succeed(azurite.Port, "pull", "tiny:best", "--to", "pulled", "--store", store));
        Assert.True(File.Exists(_workspace.In("pulled", "weights.safetensors")));
        Assert.DoesNotContain("AccountKey", string.Concat(Directory.EnumerateFiles(_workspace.In("runs", "stored"), "*.*", SearchOption.AllDirectories).Select(File.ReadAllText)));
    }

    string Weights(string run) => JsonDocument.Parse(File.ReadAllText(_workspace.In("runs", run, "run.json"))).RootElement.GetProperty("weights_sha256").GetString()!;

    string Succeed(int port, params string[] arguments)
    {
        using var process = Start(port, arguments);
        var code = process.Wait(s_limit);
        Assert.True(code == 0, $"pretrain {string.Join(' ', arguments)} ended with {code}:\n{process.Output}");
        return process.Output;
    }

    PretrainProcess Start(int port, params string[] arguments) => PretrainProcess.Start(_workspace.Root, arguments, new Dictionary<string, string>
    {
        ["AZURE_STORAGE_CONNECTION_STRING"] = AzuriteServer.ConnectionStringThrough(port),
        ["PRETRAIN_CACHE"] = _workspace.In("cache"),
    });
}
