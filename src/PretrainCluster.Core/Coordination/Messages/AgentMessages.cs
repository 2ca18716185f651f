using System.Runtime.Serialization;

namespace PretrainCluster.Core.Coordination.Messages;

/// <summary>A node is there, with its devices and what already runs on it. Sent to every new coordinator, and whenever it changes.</summary>
[DataContract]
public sealed record NodeAnnounced(
    [property: DataMember(Order = 0)] string Node,
    [property: DataMember(Order = 1)] int Protocol,
    [property: DataMember(Order = 2)] IReadOnlyList<DeviceSlot> Slots,
    [property: DataMember(Order = 3)] IReadOnlyList<RunningWorker> Workers,
    [property: DataMember(Order = 4)] IReadOnlyList<RunningEvaluation>? Evaluations = null) : AgentMessage;

/// <summary>A place for one worker.</summary>
/// <param name="Slot">its name on the node, e.g. "cpu:0" or "cuda:1"</param>
/// <param name="Device">as a plan names it: cpu or cuda:N</param>
/// <param name="Fingerprint">arithmetic of workers there; empty where it is known only once one has started</param>
[DataContract]
public sealed record DeviceSlot(
    [property: DataMember(Order = 0)] string Slot,
    [property: DataMember(Order = 1)] string Device,
    [property: DataMember(Order = 2)] string Fingerprint);

/// <summary>A worker process that an agent found or started.</summary>
/// <param name="Ready">its last word on itself; null while it starts</param>
[DataContract]
public sealed record RunningWorker(
    [property: DataMember(Order = 0)] string Worker,
    [property: DataMember(Order = 1)] string Run,
    [property: DataMember(Order = 2)] string Slot,
    [property: DataMember(Order = 3)] WorkerReady? Ready);

/// <summary>An evaluation's process that an agent started.</summary>
[DataContract]
public sealed record RunningEvaluation(
    [property: DataMember(Order = 0)] string Evaluation,
    [property: DataMember(Order = 1)] string Slot);

/// <summary>A worker's process is gone.</summary>
/// <param name="ExitCode">negative for a signal, e.g. -9</param>
/// <param name="Reason">one line: the end of its error output, or how it died</param>
[DataContract]
public sealed record WorkerExited(
    [property: DataMember(Order = 0)] string Worker,
    [property: DataMember(Order = 1)] int ExitCode,
    [property: DataMember(Order = 2)] string Reason) : AgentMessage;

/// <summary>An evaluation's process ended.</summary>
[DataContract]
public sealed record EvaluationEnded(
    [property: DataMember(Order = 0)] string Evaluation,
    [property: DataMember(Order = 1)] bool Succeeded,
    [property: DataMember(Order = 2)] string Reason) : AgentMessage;

/// <summary>
/// From a coordinator that sees the node for the first time, or again: say what you are and what runs on you. Answered by <see cref="NodeAnnounced"/>, and by
/// what the workers said lately, which the coordinator before this one, or the time out of reach, may have swallowed.
/// </summary>
[DataContract]
public sealed record IntroduceNode : AgentOrder;

/// <summary>Start a worker process on a slot.</summary>
/// <param name="Worker">its name, never used before</param>
/// <param name="Plan">the resolved plan as YAML</param>
[DataContract]
public sealed record StartWorker(
    [property: DataMember(Order = 0)] string Worker,
    [property: DataMember(Order = 1)] string Run,
    [property: DataMember(Order = 2)] string Slot,
    [property: DataMember(Order = 3)] string Plan) : AgentOrder;

/// <summary>End a worker's process with SIGKILL: it is fenced already, and may be beyond answering.</summary>
[DataContract]
public sealed record KillWorker(
    [property: DataMember(Order = 0)] string Worker,
    [property: DataMember(Order = 1)] string Reason) : AgentOrder;

/// <summary>Evaluate a checkpoint as the plan's evaluation section says, in a process of its own on a free slot.</summary>
/// <param name="Checkpoint">digest of its manifest</param>
[DataContract]
public sealed record StartEvaluation(
    [property: DataMember(Order = 0)] string Evaluation,
    [property: DataMember(Order = 1)] string Run,
    [property: DataMember(Order = 2)] string Slot,
    [property: DataMember(Order = 3)] long Step,
    [property: DataMember(Order = 4)] string Checkpoint,
    [property: DataMember(Order = 5)] string Plan) : AgentOrder;

/// <summary>End an evaluation's process: training needs its slot, or the run begins anew. Answered by <see cref="EvaluationEnded"/>.</summary>
[DataContract]
public sealed record StopEvaluation(
    [property: DataMember(Order = 0)] string Evaluation,
    [property: DataMember(Order = 1)] string Reason) : AgentOrder;
