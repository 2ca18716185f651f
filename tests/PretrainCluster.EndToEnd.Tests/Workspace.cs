using PretrainCluster.Faults;

namespace PretrainCluster.EndToEnd.Tests;

/// <summary>An empty folder to use the real command in, as a newcomer would.</summary>
public sealed class Workspace : IDisposable
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Small enough for a run to end in seconds, long enough to be hit by a signal.</summary>
    const string Plan = """
        name: tiny
        data: {dataset: data/tiny, split: xsub}
        view: {frames: 16, crop: {min_frames: 8}, augment: [{kind: rotation}]}
        encoder: {width: 32, depth: 2, heads: 2}
        objective: {kind: masked_coordinates, mask_ratio: 0.8, decoder: {depth: 1}}
        training:
          epochs: 40
          batch: {clips: 16, micro_batches: 4}
          optimizer: {learning_rate: 1e-3, warmup_epochs: 2}
        checkpoints: {every_steps: 5}
        evaluation: {protocols: [linear, knn], seeds: 2}
        """;

    /// <summary>The same in two stages, the second with a queue, on a part of the encoder.</summary>
    const string Staged = """
        name: staged
        data: {dataset: data/tiny, split: xsub}
        view: {frames: 16, crop: {min_frames: 8}, augment: [{kind: rotation}]}
        encoder: {width: 32, depth: 2, heads: 2, dropout: 0.1}
        stages:
        - name: masked
          objective: {kind: masked_coordinates, mask_ratio: 0.8, decoder: {depth: 1}}
          training: {epochs: 4, batch: {clips: 16, micro_batches: 4}, optimizer: {warmup_epochs: 1}}
        - name: tuning
          objective: {kind: nnclr, queue: 64, projection_hidden: 32, projection_width: 16, prediction_hidden: 32, views: 1, exclude_own: true}
          training: {epochs: 4, batch: {clips: 16, micro_batches: 4}, trainable: {from_block: 1}, optimizer: {layer_decay: 0.65}}
        checkpoints: {every_steps: 5}
        evaluation: {protocols: [knn], seeds: 1}
        """;

    public Workspace()
    {
        Root = Directory.CreateTempSubdirectory("pretrain-e2e-").FullName;
        File.WriteAllText(PlanFile, Plan);
        File.WriteAllText(StagedPlanFile, Staged);
        Succeed("data", "synthesize", "--to", "data/tiny", "--clips", "120", "--subjects", "6", "--frames", "16-32");
    }

    public string Root { get; }

    public string PlanFile => Path.Combine(Root, "tiny.yaml");

    public string StagedPlanFile => Path.Combine(Root, "staged.yaml");

    public string In(params string[] path) => Path.Combine([Root, .. path]);

    public PretrainProcess Start(params string[] arguments) => PretrainProcess.Start(Root, arguments);

    /// <summary>Runs the command to its end.</summary>
    public (int Code, string Output) Run(params string[] arguments)
    {
        using var process = Start(arguments);
        var code = process.Wait(Limit);
        return (code, process.Output);
    }

    /// <returns>what it printed</returns>
    public string Succeed(params string[] arguments)
    {
        var (code, output) = Run(arguments);
        Assert.True(code == 0, $"pretrain {string.Join(' ', arguments)} ended with {code}:\n{output}");
        return output;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
