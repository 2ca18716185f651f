namespace PretrainCluster.Artifacts.Checkpoints;

/// <summary>A part of a checkpoint. Its bytes lie under a name made of their digest, and are never changed.</summary>
/// <param name="Name">e.g. "weights", "optimizer"</param>
/// <param name="Length">bytes</param>
/// <param name="Sha256">lower-case hex</param>
public sealed record CheckpointBlob(string Name, long Length, string Sha256)
{
    internal const string Prefix = "blobs/sha256-";

    /// <summary>Where the bytes are in the store.</summary>
    public string Artifact() => Prefix + Sha256;
}
