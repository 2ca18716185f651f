using System.Runtime.Serialization;

namespace PretrainCluster.Core.Coordination.Messages;

/// <summary>A member of a generation.</summary>
/// <param name="DataEndpoint">HOST:PORT</param>
[DataContract]
public sealed record Member(
    [property: DataMember(Order = 0)] string Worker,
    [property: DataMember(Order = 1)] string DataEndpoint);

/// <summary>
/// Join generation <paramref name="Generation"/>: leave the one before at once, connect to all members, bring those behind level, train on.
/// </summary>
/// <param name="Members">by rank; this worker is among them</param>
/// <param name="Secret">32 random bytes that authenticate the generation's connections</param>
[DataContract]
public sealed record JoinGeneration(
    string Worker,
    [property: DataMember(Order = 1)] long Generation,
    [property: DataMember(Order = 2)] IReadOnlyList<Member> Members,
    [property: DataMember(Order = 3)] byte[] Secret) : WorkerOrder(Worker);

/// <summary>
/// Raise the flag that travels with the next exchange, so that every member of the generation stops after the same step and says <see cref="AtBoundary"/>.
/// One member is enough to ask. The coordinator then forms the next generation, or orders the end.
/// </summary>
[DataContract]
public sealed record StopAtBoundary(
    string Worker,
    [property: DataMember(Order = 1)] long Generation) : WorkerOrder(Worker);

/// <summary>Leave: at a boundary, or at once where there is none to wait for, and exit.</summary>
/// <param name="Snapshot">write a checkpoint of the state first, if this is rank 0</param>
[DataContract]
public sealed record EndWorker(
    string Worker,
    [property: DataMember(Order = 1)] bool Snapshot,
    [property: DataMember(Order = 2)] string Reason) : WorkerOrder(Worker);
