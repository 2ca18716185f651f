namespace PretrainCluster.Core.Coordination.Messages;

/// <summary>What a worker's training thread is doing.</summary>
public enum WorkerPhase
{
    /// <summary>In no generation: starting, or between two.</summary>
    Idle,

    /// <summary>Connecting to the other members, bringing those behind level.</summary>
    Regroup,
    Forward,
    Exchange,
    Update,
    Snapshot,
}

/// <summary>How a worker's part in a run ended.</summary>
public enum WorkerOutcome
{
    /// <summary>The run's last step is applied and its checkpoint written.</summary>
    Finished,

    /// <summary>It stopped where it was told to.</summary>
    Stopped,

    /// <summary>A loss was not finite; another worker would find the same.</summary>
    Diverged,

    /// <summary>Something on this machine failed.</summary>
    Failed,

    /// <summary>The plan, its dataset or its checkpoints do not fit; another worker would find the same.</summary>
    Refused,
}

/// <summary>A worker process is ready to join a generation. Sent once it has started, and again when its link to the agent was lost and came back.</summary>
/// <param name="DataEndpoint">HOST:PORT where it accepts the data plane's connections</param>
/// <param name="Fingerprint">arithmetic of this process: equal fingerprints compute equal bits</param>
/// <param name="Step">steps that its state has applied; -1 where it has no state yet</param>
/// <param name="Generation">the generation it is in; 0 for none</param>
public sealed record WorkerReady(
    string Worker,
    string Run,
    int ProcessId,
    string DataEndpoint,
    string Fingerprint,
    long Step,
    long Generation) : WorkerMessage(Worker);

/// <summary>A sign of life, at the plan's interval, from a thread that training cannot hold up.</summary>
/// <param name="Step">steps applied</param>
/// <param name="PhaseSeconds">how long the training thread has been in its phase</param>
/// <param name="StepP50">seconds, over the newest steps; 0 before the first</param>
/// <param name="StepP95">seconds</param>
/// <param name="ComputeP50">seconds of a step spent on its own micro-batches: what tells a straggler, for the exchange makes all equally late</param>
/// <param name="ClipsPerSecond">of this worker's own share</param>
/// <param name="Memory">bytes resident</param>
public sealed record Heartbeat(
    string Worker,
    long Generation,
    long Step,
    WorkerPhase Phase,
    double PhaseSeconds,
    double StepP50,
    double StepP95,
    double ComputeP50,
    double ClipsPerSecond,
    long Memory) : WorkerMessage(Worker);

/// <summary>The members of a generation found each other and are level; from here on it trains.</summary>
/// <param name="Step">steps applied by all of them</param>
/// <param name="Redone">1 where this worker had begun a step that it now does again</param>
/// <param name="Restored">digest of the checkpoint's manifest that was read because no member had a state; null otherwise</param>
public sealed record GenerationFormed(
    string Worker,
    long Generation,
    long Step,
    int Redone,
    string? Restored) : WorkerMessage(Worker);

/// <summary>The exchange of this worker's generation broke; it waits for the next generation.</summary>
/// <param name="LostRank">the peer at fault as far as can be told; -1 where the breach was not a peer's</param>
public sealed record ExchangeBroken(
    string Worker,
    long Generation,
    long Step,
    int LostRank,
    string Reason) : WorkerMessage(Worker);

/// <summary>The worker stopped at a step boundary, as <see cref="StopAtBoundary"/> asked some member, and waits for the next generation.</summary>
public sealed record AtBoundary(
    string Worker,
    long Generation,
    long Step) : WorkerMessage(Worker);

/// <summary>A checkpoint's manifest was written by this worker, or was there with the same bytes.</summary>
/// <param name="Digest">SHA-256 of the manifest</param>
public sealed record CheckpointWritten(
    string Worker,
    long Generation,
    long Step,
    string Digest,
    double Seconds) : WorkerMessage(Worker);

/// <summary>Steps applied since the last report, from rank 0 alone; for the run's record, not for decisions.</summary>
public sealed record StepsApplied(
    string Worker,
    long Generation,
    IReadOnlyList<AppliedStep> Steps) : WorkerMessage(Worker);

/// <param name="Step">from 1</param>
/// <param name="Epoch">epochs done after it</param>
/// <param name="Seconds">that it took</param>
public sealed record AppliedStep(
    long Step,
    double Epoch,
    double Loss,
    double LearningRate,
    double GradientNorm,
    double Seconds);

/// <summary>Something that belongs into the run's record, e.g. a damaged checkpoint that was passed over.</summary>
public sealed record WorkerNote(
    string Worker,
    string Kind,
    string Text) : WorkerMessage(Worker);

/// <summary>The worker's part is over; its process exits after this.</summary>
/// <param name="Step">steps applied</param>
/// <param name="WeightsSha256">of the final weights; null unless finished</param>
public sealed record WorkerEnded(
    string Worker,
    long Generation,
    WorkerOutcome Outcome,
    long Step,
    string Reason,
    string? WeightsSha256) : WorkerMessage(Worker);
