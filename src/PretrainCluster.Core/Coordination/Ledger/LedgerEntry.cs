namespace PretrainCluster.Core.Coordination.Ledger;

/// <summary>
/// A durable fact. Entries are numbered from 1 without gaps, each created only if absent, so whoever writes entry n first is the coordinator,
/// and one that was replaced can commit nothing.
/// </summary>
/// <param name="Number">from 1</param>
public abstract record LedgerEntry(long Number, DateTimeOffset At) : Message;

/// <summary>A coordinator took over. Its first entry: from here on one before it can write no more.</summary>
public sealed record CoordinatorStarted(long Number, DateTimeOffset At) : LedgerEntry(Number, At);

/// <summary>A run was put into the queue, or an ended one goes on.</summary>
/// <param name="Plan">the resolved plan as YAML</param>
/// <param name="By">the user who asked for it, here and in the entries below; empty in ledgers from before users had
/// names</param>
public sealed record RunSubmitted(
    long Number,
    DateTimeOffset At,
    string Run,
    string Plan,
    int Priority,
    string By = "") : LedgerEntry(Number, At);

/// <summary>A run aims at this many workers.</summary>
public sealed record TargetScaled(
    long Number,
    DateTimeOffset At,
    string Run,
    int Workers,
    string By = "") : LedgerEntry(Number, At);

public sealed record RunPaused(
    long Number,
    DateTimeOffset At,
    string Run,
    string By = "") : LedgerEntry(Number, At);

public sealed record RunResumed(
    long Number,
    DateTimeOffset At,
    string Run,
    string By = "") : LedgerEntry(Number, At);

/// <summary>A user wants the run to end; <see cref="RunEnded"/> follows once its workers have.</summary>
public sealed record CancelRequested(
    long Number,
    DateTimeOffset At,
    string Run,
    string Reason,
    string By = "") : LedgerEntry(Number, At);

/// <summary>A generation may form. Written before any of its members is told to join.</summary>
/// <param name="Members">by rank</param>
/// <param name="Fingerprint">arithmetic of all of its members; empty where the plan mixes</param>
/// <param name="Reason">why the one before ended</param>
public sealed record GenerationBegun(
    long Number,
    DateTimeOffset At,
    string Run,
    long Generation,
    IReadOnlyList<PlacedWorker> Members,
    string Fingerprint,
    string Reason) : LedgerEntry(Number, At);

/// <summary>A worker and where it runs.</summary>
public sealed record PlacedWorker(
    string Worker,
    string Node,
    string Slot);

/// <summary>A worker is out of its run for good.</summary>
public sealed record WorkerRemoved(
    long Number,
    DateTimeOffset At,
    string Run,
    string Worker,
    string Reason) : LedgerEntry(Number, At);

/// <summary>A checkpoint's manifest is there, written by a member of the newest generation.</summary>
/// <param name="Digest">SHA-256 of the manifest</param>
public sealed record CheckpointCommitted(
    long Number,
    DateTimeOffset At,
    string Run,
    long Step,
    string Digest) : LedgerEntry(Number, At);

/// <summary>A checkpoint is to be evaluated.</summary>
/// <param name="Checkpoint">digest of its manifest</param>
public sealed record EvaluationPlanned(
    long Number,
    DateTimeOffset At,
    string Evaluation,
    string Run,
    long Step,
    string Checkpoint) : LedgerEntry(Number, At);

public sealed record EvaluationDone(
    long Number,
    DateTimeOffset At,
    string Evaluation,
    bool Succeeded,
    string Reason) : LedgerEntry(Number, At);

/// <summary>A run is over, for the one reason that stands here.</summary>
/// <param name="WeightsSha256">of the final weights; null unless finished</param>
public sealed record RunEnded(
    long Number,
    DateTimeOffset At,
    string Run,
    RunEnd End,
    string Reason,
    long Step,
    string? WeightsSha256) : LedgerEntry(Number, At);
