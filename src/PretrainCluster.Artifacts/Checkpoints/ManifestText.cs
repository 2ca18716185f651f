using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PretrainCluster.Artifacts.Checkpoints;

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
