namespace PretrainCluster.Core.Coordination.Messages;

/// <summary>A member of a generation.</summary>
/// <param name="DataEndpoint">HOST:PORT</param>
public sealed record Member(
    string Worker,
    string DataEndpoint);

/// <summary>
/// Join generation <paramref name="Generation"/>: leave the one before at once, connect to all members, bring those behind level, train on.
/// </summary>
/// <param name="Members">by rank; this worker is among them</param>
/// <param name="Secret">32 random bytes that authenticate the generation's connections</param>
public sealed record JoinGeneration(
    string Worker,
    long Generation,
    IReadOnlyList<Member> Members,
    byte[] Secret) : WorkerOrder(Worker);

/// <summary>
/// Raise the flag that travels with the next exchange, so that every member of the generation stops after the same step and says <see cref="AtBoundary"/>.
/// One member is enough to ask. The coordinator then forms the next generation, or orders the end.
/// </summary>
public sealed record StopAtBoundary(
    string Worker,
    long Generation) : WorkerOrder(Worker);

/// <summary>Leave: at a boundary, or at once where there is none to wait for, and exit.</summary>
/// <param name="Snapshot">write a checkpoint of the state first, if this is rank 0</param>
public sealed record EndWorker(
    string Worker,
    bool Snapshot,
    string Reason) : WorkerOrder(Worker);
