namespace PretrainCluster.Artifacts.Stores;

/// <summary>Writes an artifact's content front to back. It may be called more than once and writes the same bytes each time.</summary>
public delegate Task ContentWriter(Stream stream, CancellationToken cancellation);
