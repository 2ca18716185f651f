using System.Runtime.Serialization;

namespace PretrainCluster.Core.Coordination.Messages;

/// <summary>Carry out a plan. A run of that name that has ended early goes on; one that is under way is shown.</summary>
/// <param name="Plan">the resolved plan as YAML</param>
/// <param name="Priority">larger goes first</param>
[DataContract]
public sealed record SubmitRun(
    [property: DataMember(Order = 0)] string Run,
    [property: DataMember(Order = 1)] string Plan,
    [property: DataMember(Order = 2)] int Priority) : UserRequest;

/// <summary>Aim at this many workers, between the plan's minimum and maximum.</summary>
[DataContract]
public sealed record ScaleRun(
    [property: DataMember(Order = 0)] string Run,
    [property: DataMember(Order = 1)] int Workers) : UserRequest;

/// <summary>Checkpoint at the next boundary, give the devices back, keep the place in the queue for <see cref="ResumeRun"/>.</summary>
[DataContract]
public sealed record PauseRun([property: DataMember(Order = 0)] string Run) : UserRequest;

[DataContract]
public sealed record ResumeRun([property: DataMember(Order = 0)] string Run) : UserRequest;

/// <summary>Checkpoint at the next boundary and end.</summary>
[DataContract]
public sealed record CancelRun(
    [property: DataMember(Order = 0)] string Run,
    [property: DataMember(Order = 1)] string Reason) : UserRequest;

/// <summary>Say where things stand.</summary>
/// <param name="Run">one run, or null for all</param>
[DataContract]
public sealed record AskStatus([property: DataMember(Order = 0)] string? Run) : UserRequest;

/// <summary>The request was carried out, or is under way.</summary>
[DataContract]
public sealed record Accepted([property: DataMember(Order = 0)] string Text) : UserReply;

/// <summary>The request cannot be carried out.</summary>
[DataContract]
public sealed record Refused([property: DataMember(Order = 0)] string Reason) : UserReply;

/// <param name="Nodes">those whose agents have announced themselves</param>
/// <param name="Members">of the cluster, as the node that coordinates sees them; none on a single machine</param>
[DataContract]
public sealed record ClusterStatus(
    [property: DataMember(Order = 0)] IReadOnlyList<RunStatusView> Runs,
    [property: DataMember(Order = 1)] IReadOnlyList<NodeStatusView> Nodes,
    [property: DataMember(Order = 2)] IReadOnlyList<MemberStatusView> Members) : UserReply;

/// <param name="State">queued, starting, training, regrouping, paused, stopping, finished, cancelled, failed</param>
/// <param name="Reason">why it is in that state; the one recorded reason once it has ended</param>
/// <param name="By">the user who submitted it</param>
[DataContract]
public sealed record RunStatusView(
    [property: DataMember(Order = 0)] string Run,
    [property: DataMember(Order = 1)] string State,
    [property: DataMember(Order = 2)] string Reason,
    [property: DataMember(Order = 3)] int Priority,
    [property: DataMember(Order = 4)] long Generation,
    [property: DataMember(Order = 5)] long Step,
    [property: DataMember(Order = 6)] int Target,
    [property: DataMember(Order = 7)] string? Checkpoint,
    [property: DataMember(Order = 8)] string? WeightsSha256,
    [property: DataMember(Order = 9)] IReadOnlyList<WorkerStatusView> Workers,
    [property: DataMember(Order = 10)] string By);

/// <param name="Rank">-1 while it is in no generation</param>
/// <param name="State">starting, ready, training, regrouping, stalled, ending</param>
[DataContract]
public sealed record WorkerStatusView(
    [property: DataMember(Order = 0)] string Worker,
    [property: DataMember(Order = 1)] string Node,
    [property: DataMember(Order = 2)] string Slot,
    [property: DataMember(Order = 3)] int Rank,
    [property: DataMember(Order = 4)] int ProcessId,
    [property: DataMember(Order = 5)] string State,
    [property: DataMember(Order = 6)] long Step,
    [property: DataMember(Order = 7)] double StepP50,
    [property: DataMember(Order = 8)] double StepP95,
    [property: DataMember(Order = 9)] double ComputeP50,
    [property: DataMember(Order = 10)] double ClipsPerSecond,
    [property: DataMember(Order = 11)] long Memory);

[DataContract]
public sealed record NodeStatusView(
    [property: DataMember(Order = 0)] string Node,
    [property: DataMember(Order = 1)] bool Reachable,
    [property: DataMember(Order = 2)] IReadOnlyList<string> FreeSlots,
    [property: DataMember(Order = 3)] IReadOnlyList<string> BusySlots);

/// <param name="State">joining, up, leaving, exiting, down</param>
/// <param name="IsLeader">it moves the cluster's members from state to state</param>
/// <param name="IsCoordinator">the coordinator is on it</param>
[DataContract]
public sealed record MemberStatusView(
    [property: DataMember(Order = 0)] string Node,
    [property: DataMember(Order = 1)] IReadOnlyList<string> Roles,
    [property: DataMember(Order = 2)] string State,
    [property: DataMember(Order = 3)] bool Reachable,
    [property: DataMember(Order = 4)] bool IsLeader,
    [property: DataMember(Order = 5)] bool IsCoordinator);
