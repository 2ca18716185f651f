using System.Text.Json.Serialization;

namespace PretrainCluster.Artifacts.Checkpoints;

/// <summary>A checkpoint: what it is of, and its parts. It exists once its manifest does (docs/checkpoints.md).</summary>
public sealed record CheckpointManifest : CheckpointFacts
{
    public const int CurrentFormat = 1;

    public required int Format { get; init; }

    /// <summary>When it was written.</summary>
    public required DateTimeOffset Time { get; init; }

    public required IReadOnlyList<CheckpointBlob> Blobs { get; init; }

    /// <summary>SHA-256 of the manifest itself, which covers everything through the digests of the parts; names the checkpoint beside a figure.</summary>
    [JsonIgnore]
    public string Digest { get; internal init; } = "";

    /// <summary>Where the manifest is in the store.</summary>
    public string Artifact() => NameOf(Run, Step);

    /// <exception cref="InputException">There is no such part.</exception>
    public CheckpointBlob Blob(string name) => Blobs.FirstOrDefault(blob => blob.Name == name)
        ?? throw new InputException($"Checkpoint {Artifact()} has no part \"{name}\"; it has {string.Join(", ", Blobs.Select(blob => blob.Name))}.");

    /// <summary>Refuses a checkpoint that another plan or other data made.</summary>
    /// <exception cref="InputException">It is one.</exception>
    public void EnsureMadeBy(string planSha256, string dataSha256)
    {
        if (PlanSha256 != planSha256)
            throw new InputException($"Checkpoint {Artifact()} was made by another plan ({PlanSha256[..12]}, this one is {planSha256[..12]}): give the run another name, or go back to the plan it was started with.");
        if (DataSha256 != dataSha256)
            throw new InputException($"Checkpoint {Artifact()} was made with other data ({DataSha256[..12]}, this dataset is {dataSha256[..12]}): give the run another name, or go back to the dataset it was started with.");
    }

    internal static string FolderOf(string run) => $"checkpoints/{run}/";

    internal static string NameOf(string run, long step) => $"{FolderOf(run)}{step:D12}.json";

    internal bool IsSameAs(CheckpointManifest other) =>
        (Run, Step, PlanSha256, DataSha256, Seed) == (other.Run, other.Step, other.PlanSha256, other.DataSha256, other.Seed) && Blobs.SequenceEqual(other.Blobs);
}

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
