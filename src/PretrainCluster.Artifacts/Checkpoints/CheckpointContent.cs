namespace PretrainCluster.Artifacts.Checkpoints;

/// <summary>A part of a checkpoint to be saved.</summary>
/// <param name="Name">e.g. "weights", "optimizer"</param>
/// <param name="Write">writes its bytes; called once to take their digest and once more where they are not stored yet</param>
public sealed record CheckpointContent(string Name, ContentWriter Write);
