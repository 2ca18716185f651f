namespace PretrainCluster.Hosting.Hosts;

/// <summary>A run cannot go on; the message is its one recorded reason.</summary>
public sealed class RunFailedException(string reason) : Exception(reason);
