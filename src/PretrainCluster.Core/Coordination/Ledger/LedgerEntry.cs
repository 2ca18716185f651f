using System.Runtime.Serialization;

namespace PretrainCluster.Core.Coordination.Ledger;

/// <summary>
/// A durable fact. Entries are numbered from 1 without gaps, each created only if absent, so whoever writes entry n first is the coordinator,
/// and one that was replaced can commit nothing.
/// </summary>
/// <param name="Number">from 1</param>
[DataContract]
public abstract record LedgerEntry([property: DataMember(Order = 0)] long Number, [property: DataMember(Order = 1)] DateTimeOffset At) : Message;

/// <summary>A coordinator took over. Its first entry: from here on one before it can write no more.</summary>
[DataContract]
public sealed record CoordinatorStarted(long Number, DateTimeOffset At) : LedgerEntry(Number, At);

/// <summary>A run was put into the queue, or an ended one goes on.</summary>
/// <param name="Plan">the resolved plan as YAML</param>
/// <param name="By">the user who asked for it, here and in the entries below; empty in ledgers from before users had
/// names</param>
[DataContract]
public sealed record RunSubmitted(
    long Number,
    DateTimeOffset At,
    [property: DataMember(Order = 2)] string Run,
    [property: DataMember(Order = 3)] string Plan,
    [property: DataMember(Order = 4)] int Priority,
    [property: DataMember(Order = 5)] string By = "") : LedgerEntry(Number, At);

/// <summary>A run aims at this many workers.</summary>
[DataContract]
public sealed record TargetScaled(
    long Number,
    DateTimeOffset At,
    [property: DataMember(Order = 2)] string Run,
    [property: DataMember(Order = 3)] int Workers,
    [property: DataMember(Order = 4)] string By = "") : LedgerEntry(Number, At);

[DataContract]
public sealed record RunPaused(
    long Number,
    DateTimeOffset At,
    [property: DataMember(Order = 2)] string Run,
    [property: DataMember(Order = 3)] string By = "") : LedgerEntry(Number, At);

[DataContract]
public sealed record RunResumed(
    long Number,
    DateTimeOffset At,
    [property: DataMember(Order = 2)] string Run,
    [property: DataMember(Order = 3)] string By = "") : LedgerEntry(Number, At);

/// <summary>A user wants the run to end; <see cref="RunEnded"/> follows once its workers have.</summary>
[DataContract]
public sealed record CancelRequested(
    long Number,
    DateTimeOffset At,
    [property: DataMember(Order = 2)] string Run,
    [property: DataMember(Order = 3)] string Reason,
    [property: DataMember(Order = 4)] string By = "") : LedgerEntry(Number, At);

/// <summary>A generation may form. Written before any of its members is told to join.</summary>
/// <param name="Members">by rank</param>
/// <param name="Fingerprint">arithmetic of all of its members; empty where the plan mixes</param>
/// <param name="Reason">why the one before ended</param>
[DataContract]
public sealed record GenerationBegun(
    long Number,
    DateTimeOffset At,
    [property: DataMember(Order = 2)] string Run,
    [property: DataMember(Order = 3)] long Generation,
    [property: DataMember(Order = 4)] IReadOnlyList<PlacedWorker> Members,
    [property: DataMember(Order = 5)] string Fingerprint,
    [property: DataMember(Order = 6)] string Reason) : LedgerEntry(Number, At);

/// <summary>A worker and where it runs.</summary>
[DataContract]
public sealed record PlacedWorker(
    [property: DataMember(Order = 0)] string Worker,
    [property: DataMember(Order = 1)] string Node,
    [property: DataMember(Order = 2)] string Slot);

/// <summary>A worker is out of its run for good.</summary>
[DataContract]
public sealed record WorkerRemoved(
    long Number,
    DateTimeOffset At,
    [property: DataMember(Order = 2)] string Run,
    [property: DataMember(Order = 3)] string Worker,
    [property: DataMember(Order = 4)] string Reason) : LedgerEntry(Number, At);

/// <summary>A checkpoint's manifest is there, written by a member of the newest generation.</summary>
/// <param name="Digest">SHA-256 of the manifest</param>
[DataContract]
public sealed record CheckpointCommitted(
    long Number,
    DateTimeOffset At,
    [property: DataMember(Order = 2)] string Run,
    [property: DataMember(Order = 3)] long Step,
    [property: DataMember(Order = 4)] string Digest) : LedgerEntry(Number, At);

/// <summary>A checkpoint is to be evaluated.</summary>
/// <param name="Checkpoint">digest of its manifest</param>
[DataContract]
public sealed record EvaluationPlanned(
    long Number,
    DateTimeOffset At,
    [property: DataMember(Order = 2)] string Evaluation,
    [property: DataMember(Order = 3)] string Run,
    [property: DataMember(Order = 4)] long Step,
    [property: DataMember(Order = 5)] string Checkpoint) : LedgerEntry(Number, At);

[DataContract]
public sealed record EvaluationDone(
    long Number,
    DateTimeOffset At,
    [property: DataMember(Order = 2)] string Evaluation,
    [property: DataMember(Order = 3)] bool Succeeded,
    [property: DataMember(Order = 4)] string Reason) : LedgerEntry(Number, At);

/// <summary>A run is over, for the one reason that stands here.</summary>
/// <param name="WeightsSha256">of the final weights; null unless finished</param>
[DataContract]
public sealed record RunEnded(
    long Number,
    DateTimeOffset At,
    [property: DataMember(Order = 2)] string Run,
    [property: DataMember(Order = 3)] RunEnd End,
    [property: DataMember(Order = 4)] string Reason,
    [property: DataMember(Order = 5)] long Step,
    [property: DataMember(Order = 6)] string? WeightsSha256) : LedgerEntry(Number, At);
