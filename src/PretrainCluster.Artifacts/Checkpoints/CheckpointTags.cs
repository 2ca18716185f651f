using System.Text.Json;

namespace PretrainCluster.Artifacts.Checkpoints;

/// <summary>The tags of a store. They are moved by conditional writes alone, so of two who move one at the same time, one is told.</summary>
public sealed class CheckpointTags(IArtifactStore store, TimeProvider? time = null)
{
    const int MaxBytes = 1 << 16;

    readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <returns>null where there is no such tag</returns>
    /// <exception cref="InputException">It cannot be read.</exception>
    public async Task<CheckpointTag?> FindAsync(string name, string tag, CancellationToken cancellation = default) =>
        await store.GetAsync(CheckpointTag.ArtifactOf(name, tag), MaxBytes, cancellation) is { } bytes ? Read(bytes, CheckpointTag.ArtifactOf(name, tag)) : null;

    /// <summary>Makes a tag point to a checkpoint.</summary>
    /// <param name="expected">what it is thought to point to: null for a new tag</param>
    /// <exception cref="InputException">It points to something else, now or since it was looked at.</exception>
    public async Task SetAsync(string name, string tag, CheckpointManifest checkpoint, CheckpointTag? expected, CancellationToken cancellation = default)
    {
        var artifact = CheckpointTag.ArtifactOf(name, tag);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(new CheckpointTag(name, tag, checkpoint.Run, checkpoint.Step, checkpoint.Digest, _time.GetUtcNow()), JsonText.Line);
        var info = await store.HeadAsync(artifact, cancellation);
        var current = info is null ? null : await FindAsync(name, tag, cancellation);
        if (current?.Digest == checkpoint.Digest)
            return;
        var done = current?.Digest == expected?.Digest
            && (info is null ? await store.PutIfAbsentAsync(artifact, bytes, cancellation) : await store.PutIfMatchAsync(artifact, info.Tag, bytes, cancellation));
        if (!done)
            throw new InputException($"{name}:{tag} points to {await SayAsync(name, tag, cancellation)}, not to what it was to be moved from; look at it, and say --move to move it all the same.");
    }

    /// <summary>Deletes a tag; says whether it was there.</summary>
    public Task<bool> RemoveAsync(string name, string tag, CancellationToken cancellation = default) => store.DeleteAsync(CheckpointTag.ArtifactOf(name, tag), cancellation);

    /// <summary>All tags that can be read, by name.</summary>
    public async Task<IReadOnlyList<CheckpointTag>> ListAsync(CancellationToken cancellation = default)
    {
        var tags = new List<CheckpointTag>();
        await foreach (var info in store.ListAsync(CheckpointTag.Prefix, cancellation))
        {
            if (await store.GetAsync(info.Name, MaxBytes, cancellation) is { } bytes)
                tags.Add(Read(bytes, info.Name));
        }
        return tags;
    }

    async Task<string> SayAsync(string name, string tag, CancellationToken cancellation) =>
        await FindAsync(name, tag, cancellation) is { } current ? $"{current.Run}@{current.Step} ({current.Digest[..12]})" : "nothing";

    static CheckpointTag Read(byte[] bytes, string artifact)
    {
        try
        {
            var tag = JsonSerializer.Deserialize<CheckpointTag>(bytes, JsonText.Line);
            if (tag is { Name: not null, Tag: not null, Run: not null, Step: >= 0, Digest.Length: 64 } && CheckpointTag.ArtifactOf(tag.Name, tag.Tag) == artifact)
                return tag;
        }
        catch (JsonException)
        {
            // Said below, as for values that make no sense.
        }
        throw new InputException($"{artifact} is damaged: it holds no tag; set it again (pretrain tag).");
    }
}

/// <summary>A name for a checkpoint, NAME:TAG, that may be moved to another one.</summary>
/// <param name="Digest">of the checkpoint's manifest; what the tag names has to have it</param>
/// <param name="Time">when it was set</param>
public sealed record CheckpointTag(string Name, string Tag, string Run, long Step, string Digest, DateTimeOffset Time)
{
    internal const string Prefix = "tags/";

    public override string ToString() => $"{Name}:{Tag}";

    /// <summary>Splits NAME:TAG.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public static (string Name, string Tag) Parse(string text)
    {
        var parts = text.Split(':');
        return parts.Length == 2 && parts.All(IsWord) ? (parts[0], parts[1])
            : throw new InputException($"\"{text}\" is no NAME:TAG: two words of letters, digits, '.', '-' and '_', e.g. mamp-ntu60:best.");
    }

    internal static string ArtifactOf(string name, string tag) => $"{Prefix}{name}/{tag}.json";

    static bool IsWord(string text) => text.Length <= 128 && ArtifactName.IsValid(text) && !text.Contains('/');
}
