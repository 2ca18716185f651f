namespace PretrainCluster.Actors.Wire;

/// <summary>A message is not what it should be; the reason says in which way.</summary>
public sealed class SealException(string reason, Exception? inner = null) : Exception(reason, inner);
