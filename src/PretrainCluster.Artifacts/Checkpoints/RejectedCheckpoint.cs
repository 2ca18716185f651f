namespace PretrainCluster.Artifacts.Checkpoints;

/// <summary>A checkpoint that does not verify.</summary>
/// <param name="Artifact">its manifest in the store</param>
/// <param name="Reason">e.g. "part weights does not have its SHA-256"</param>
public sealed record RejectedCheckpoint(string Artifact, string Reason);

/// <summary>What a search for a good checkpoint found.</summary>
/// <param name="Newest">the newest that verifies; null where none does</param>
/// <param name="Rejected">newer ones that do not, newest first</param>
public sealed record CheckpointSearch(CheckpointManifest? Newest, IReadOnlyList<RejectedCheckpoint> Rejected);
