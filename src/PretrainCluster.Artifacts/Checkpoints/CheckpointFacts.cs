using System.Text.Json;

namespace PretrainCluster.Artifacts.Checkpoints;

/// <summary>What a checkpoint is a checkpoint of.</summary>
public record CheckpointFacts
{
    /// <summary>The run's name.</summary>
    public required string Run { get; init; }

    /// <summary>Steps applied.</summary>
    public required long Step { get; init; }

    /// <summary>Digest of the plan, lower-case hex.</summary>
    public required string PlanSha256 { get; init; }

    /// <summary>Digest of the dataset, lower-case hex.</summary>
    public required string DataSha256 { get; init; }

    public required long Seed { get; init; }

    /// <summary>Version of the code that wrote it.</summary>
    public required string Code { get; init; }

    /// <summary>Whatever else a resumed run needs to know, e.g. how far its logs reach.</summary>
    public JsonElement? State { get; init; }
}
