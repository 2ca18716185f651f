namespace PretrainCluster.Artifacts.Stores;

/// <summary>What a store knows of an artifact without reading it.</summary>
/// <param name="Name">parts of letters, digits, '.', '-' and '_', separated by '/'</param>
/// <param name="Length">bytes</param>
/// <param name="Tag">changes with the content; handed to <see cref="IArtifactStore.PutIfMatchAsync"/></param>
/// <param name="Modified">when it was last written</param>
public sealed record ArtifactInfo(string Name, long Length, string Tag, DateTimeOffset Modified);
