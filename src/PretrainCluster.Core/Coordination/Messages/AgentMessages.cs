namespace PretrainCluster.Core.Coordination.Messages;

/// <summary>A node is there, with its devices and what already runs on it. Sent to every new coordinator, and whenever it changes.</summary>
public sealed record NodeAnnounced(
    string Node,
    int Protocol,
    IReadOnlyList<DeviceSlot> Slots,
    IReadOnlyList<RunningWorker> Workers,
    IReadOnlyList<RunningEvaluation>? Evaluations = null) : AgentMessage;

/// <summary>A place for one worker.</summary>
/// <param name="Slot">its name on the node, e.g. "cpu:0" or "cuda:1"</param>
/// <param name="Device">as a plan names it: cpu or cuda:N</param>
/// <param name="Fingerprint">arithmetic of workers there; empty where it is known only once one has started</param>
public sealed record DeviceSlot(
    string Slot,
    string Device,
    string Fingerprint);

/// <summary>A worker process that an agent found or started.</summary>
/// <param name="Ready">its last word on itself; null while it starts</param>
public sealed record RunningWorker(
    string Worker,
    string Run,
    string Slot,
    WorkerReady? Ready);

/// <summary>An evaluation's process that an agent started.</summary>
public sealed record RunningEvaluation(
    string Evaluation,
    string Slot);

/// <summary>A worker's process is gone.</summary>
/// <param name="ExitCode">negative for a signal, e.g. -9</param>
/// <param name="Reason">one line: the end of its error output, or how it died</param>
public sealed record WorkerExited(
    string Worker,
    int ExitCode,
    string Reason) : AgentMessage;

/// <summary>An evaluation's process ended.</summary>
public sealed record EvaluationEnded(
    string Evaluation,
    bool Succeeded,
    string Reason) : AgentMessage;

/// <summary>
/// From a coordinator that sees the node for the first time, or again: say what you are and what runs on you. Answered by <see cref="NodeAnnounced"/>, and by
/// what the workers said lately, which the coordinator before this one, or the time out of reach, may have swallowed.
/// </summary>
public sealed record IntroduceNode : AgentOrder;

/// <summary>Start a worker process on a slot.</summary>
/// <param name="Worker">its name, never used before</param>
/// <param name="Plan">the resolved plan as YAML</param>
public sealed record StartWorker(
    string Worker,
    string Run,
    string Slot,
    string Plan) : AgentOrder;

/// <summary>End a worker's process with SIGKILL: it is fenced already, and may be beyond answering.</summary>
public sealed record KillWorker(
    string Worker,
    string Reason) : AgentOrder;

/// <summary>Evaluate a checkpoint as the plan's evaluation section says, in a process of its own on a free slot.</summary>
/// <param name="Checkpoint">digest of its manifest</param>
public sealed record StartEvaluation(
    string Evaluation,
    string Run,
    string Slot,
    long Step,
    string Checkpoint,
    string Plan) : AgentOrder;

/// <summary>End an evaluation's process: training needs its slot, or the run begins anew. Answered by <see cref="EvaluationEnded"/>.</summary>
public sealed record StopEvaluation(
    string Evaluation,
    string Reason) : AgentOrder;
