using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

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

/// <summary>A manifest's bytes: three lines of JSON, the first with the SHA-256 of the manifest's own bytes on the second.</summary>
static partial class ManifestText
{
    public const int MaxBytes = 16 << 20;
    const int MaxBlobs = 256;

    static readonly byte[] Middle = "\",\n\"manifest\":"u8.ToArray();
    static readonly byte[] Start = "{\"sha256\":\""u8.ToArray();
    static readonly byte[] End = "\n}\n"u8.ToArray();

    public static (byte[] Bytes, CheckpointManifest Manifest) Write(CheckpointManifest manifest)
    {
        var inner = JsonSerializer.SerializeToUtf8Bytes(manifest, JsonText.Line);
        var digest = Convert.ToHexStringLower(SHA256.HashData(inner));
        byte[] bytes = [.. Start, .. Encoding.ASCII.GetBytes(digest), .. Middle, .. inner, .. End];
        return bytes.Length <= MaxBytes ? (bytes, manifest with { Digest = digest })
            : throw new ArgumentException($"The state of a checkpoint has {bytes.Length} bytes, at most {MaxBytes} are kept.", nameof(manifest));
    }

    /// <exception cref="FormatException">What is wrong with it.</exception>
    public static CheckpointManifest Read(ReadOnlySpan<byte> bytes)
    {
        const int digestLength = 64;
        var innerStart = Start.Length + digestLength + Middle.Length;
        if (bytes.Length < innerStart + End.Length || !bytes.StartsWith(Start) || !bytes[(Start.Length + digestLength)..].StartsWith(Middle) || !bytes.EndsWith(End))
            throw new FormatException("the manifest is cut short or is none");
        var inner = bytes[innerStart..^End.Length];
        var digest = Encoding.ASCII.GetString(bytes.Slice(Start.Length, digestLength));
        if (digest != Convert.ToHexStringLower(SHA256.HashData(inner)))
            throw new FormatException("the manifest's bytes do not have their SHA-256");
        try
        {
            return Check(JsonSerializer.Deserialize<CheckpointManifest>(inner, JsonText.Line) ?? throw new FormatException("the manifest is empty")) with { Digest = digest };
        }
        catch (JsonException wrong)
        {
            throw new FormatException($"the manifest has another format ({wrong.Message})", wrong);
        }
    }

    static CheckpointManifest Check(CheckpointManifest manifest)
    {
        if (manifest.Format != CheckpointManifest.CurrentFormat)
            throw new FormatException($"the manifest has format {manifest.Format}, this version reads {CheckpointManifest.CurrentFormat}");
        var isSound = manifest.Step >= 0 && manifest.Blobs is { Count: <= MaxBlobs } && IsDigest(manifest.PlanSha256) && IsDigest(manifest.DataSha256)
            && ArtifactName.IsValid(manifest.Artifact()) && manifest.Blobs.All(blob => blob is { Length: >= 0, Name: not null } && IsDigest(blob.Sha256))
            && manifest.Blobs.Select(blob => blob.Name).Distinct().Count() == manifest.Blobs.Count;
        return isSound ? manifest : throw new FormatException("the manifest's values make no sense");
    }

    static bool IsDigest(string? text) => text is not null && Digest().IsMatch(text);

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Digest();
}
