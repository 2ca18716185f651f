using System.Text.Json;

namespace PretrainCluster.Artifacts.Checkpoints;

/// <summary>What a checkpoint is a checkpoint of.</summary>
public record CheckpointFacts
{
    /// <summary>The run's name.</summary>
    public required string Run { get; init; }

    /// <summary>Steps applied.</summary>
    public required long Step { get; init; }

    /// <summary>The stage that the step is of, of a run that has stages; the newest checkpoint of each stage stays.</summary>
    public string? Stage { get; init; }

    /// <summary>Digest of the plan, lower-case hex.</summary>
    public required string PlanSha256 { get; init; }

    /// <summary>Digest of the dataset, lower-case hex.</summary>
    public required string DataSha256 { get; init; }

    public required long Seed { get; init; }

    /// <summary>Version of the code that wrote it.</summary>
    public required string Code { get; init; }

    /// <summary>The resolved plan as YAML, so that a checkpoint says by itself how it was made; null in those of version 0.1.</summary>
    public string? Plan { get; init; }

    /// <summary>What it was trained on; null in those of version 0.1.</summary>
    public CheckpointData? Data { get; init; }

    /// <summary>Figures at this step by name, e.g. "loss"; retention may keep the best by one of them.</summary>
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }

    /// <summary>Whatever else a resumed run needs to know, e.g. how far its logs reach.</summary>
    public JsonElement? State { get; init; }
}

/// <summary>The clips that a checkpoint was trained on.</summary>
/// <param name="Name">the dataset's</param>
/// <param name="Clips">trained on: the training side of the split without held-out classes</param>
/// <param name="Preprocessing">what was done to the coordinates</param>
public sealed record CheckpointData(string Name, string Split, long Clips, string Layout, int Persons, int Joints, string Preprocessing);
