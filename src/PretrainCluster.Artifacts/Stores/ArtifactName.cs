using System.Text.RegularExpressions;

namespace PretrainCluster.Artifacts.Stores;

/// <summary>Names that every store can hold: parts of letters, digits, '.', '-' and '_', not beginning with '.', separated by '/'.</summary>
public static partial class ArtifactName
{
    const int MaxLength = 512;

    public static bool IsValid(string name) => name.Length <= MaxLength && Valid().IsMatch(name);

    /// <exception cref="ArgumentException">The name could not be held, or would lead out of the store.</exception>
    public static string Check(string name) =>
        IsValid(name) ? name : throw new ArgumentException($"\"{name}\" is no artifact name: parts of letters, digits, '.', '-' and '_', separated by '/'.", nameof(name));

    [GeneratedRegex(@"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\z")]
    private static partial Regex Valid();
}
