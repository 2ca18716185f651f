using System.Text.RegularExpressions;

namespace PretrainCluster.Artifacts.Stores.Blobs;

/// <summary>A store in Azure Blob Storage: azure://ACCOUNT/CONTAINER or azure://ACCOUNT/CONTAINER/PREFIX. It holds no secret.</summary>
/// <param name="Prefix">empty, or an artifact name</param>
public sealed partial record BlobLocation(string Account, string Container, string Prefix)
{
    const string Scheme = "azure://";

    public static bool IsOne(string location) => location.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <exception cref="InputException">It is none.</exception>
    public static BlobLocation Parse(string location)
    {
        var parts = (IsOne(location) ? location[Scheme.Length..] : "").TrimEnd('/').Split('/', 3);
        if (location.Contains('?'))
            throw new InputException($"{location.Split('?')[0]}: a store's place holds no token; put it into the environment variable AZURE_STORAGE_SAS_TOKEN.");
        if (parts.Length < 2 || !Account_().IsMatch(parts[0]) || !Container_().IsMatch(parts[1]) || (parts.Length == 3 && !ArtifactName.IsValid(parts[2])))
            throw new InputException($"{location} is no store: azure://ACCOUNT/CONTAINER/PREFIX is expected, the account of 3 to 24 small letters and digits, the container of 3 to 63 small letters, digits and hyphens, the prefix of letters, digits, '.', '-', '_' and '/'.");
        return new(parts[0], parts[1], parts.Length == 3 ? parts[2] : "");
    }

    /// <summary>A blob's name.</summary>
    internal string BlobOf(string artifact) => Prefix.Length == 0 ? artifact : $"{Prefix}/{artifact}";

    public override string ToString() => $"{Scheme}{Account}/{Container}{(Prefix.Length == 0 ? "" : "/")}{Prefix}";

    [GeneratedRegex(@"^[a-z0-9]{3,24}\z")]
    private static partial Regex Account_();

    [GeneratedRegex(@"^[a-z0-9](-?[a-z0-9]){2,62}\z")]
    private static partial Regex Container_();
}
