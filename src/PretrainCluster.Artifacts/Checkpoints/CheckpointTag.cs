namespace PretrainCluster.Artifacts.Checkpoints;

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
