namespace PretrainCluster.Actors.Wire;

/// <summary>A message as it travels between actors: what <see cref="Seal"/> made of it, not looked into before it is where it is to be opened.</summary>
public sealed record Sealed(ReadOnlyMemory<byte> Bytes);
