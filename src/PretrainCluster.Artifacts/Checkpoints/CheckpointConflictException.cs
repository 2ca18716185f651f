namespace PretrainCluster.Artifacts.Checkpoints;

/// <summary>A checkpoint was to be written where another sound one of the same run and step lies: by a writer that should have stopped, or of a step that gave other results.</summary>
public sealed class CheckpointConflictException(string artifact, long step, string run)
    : InvalidOperationException($"{artifact} exists and holds another checkpoint of step {step}: another writer is at work on run {run}, or the step gave other results.")
{
    /// <summary>The manifest in the store.</summary>
    public string Artifact => artifact;
}
