namespace PretrainCluster.Core.Coordination.Messages;

/// <summary>Carry out a plan. A run of that name that has ended early goes on; one that is under way is shown.</summary>
/// <param name="Plan">the resolved plan as YAML</param>
/// <param name="Priority">larger goes first</param>
public sealed record SubmitRun(
    string Run,
    string Plan,
    int Priority) : UserRequest;

/// <summary>Aim at this many workers, between the plan's minimum and maximum.</summary>
public sealed record ScaleRun(
    string Run,
    int Workers) : UserRequest;

/// <summary>Checkpoint at the next boundary, give the devices back, keep the place in the queue for <see cref="ResumeRun"/>.</summary>
public sealed record PauseRun(string Run) : UserRequest;

public sealed record ResumeRun(string Run) : UserRequest;

/// <summary>Checkpoint at the next boundary and end.</summary>
public sealed record CancelRun(
    string Run,
    string Reason) : UserRequest;

/// <summary>Say where things stand.</summary>
/// <param name="Run">one run, or null for all</param>
public sealed record AskStatus(string? Run) : UserRequest;

/// <summary>The request was carried out, or is under way.</summary>
public sealed record Accepted(string Text) : UserReply;

/// <summary>The request cannot be carried out.</summary>
public sealed record Refused(string Reason) : UserReply;

/// <param name="Nodes">those whose agents have announced themselves</param>
/// <param name="Members">of the cluster, as the node that coordinates sees them; none on a single machine</param>
public sealed record ClusterStatus(
    IReadOnlyList<RunStatusView> Runs,
    IReadOnlyList<NodeStatusView> Nodes,
    IReadOnlyList<MemberStatusView> Members) : UserReply;

/// <param name="State">queued, starting, training, regrouping, paused, stopping, finished, cancelled, failed</param>
/// <param name="Reason">why it is in that state; the one recorded reason once it has ended</param>
/// <param name="By">the user who submitted it</param>
public sealed record RunStatusView(
    string Run,
    string State,
    string Reason,
    int Priority,
    long Generation,
    long Step,
    int Target,
    string? Checkpoint,
    string? WeightsSha256,
    IReadOnlyList<WorkerStatusView> Workers,
    string By);

/// <param name="Rank">-1 while it is in no generation</param>
/// <param name="State">starting, ready, training, regrouping, stalled, ending</param>
public sealed record WorkerStatusView(
    string Worker,
    string Node,
    string Slot,
    int Rank,
    int ProcessId,
    string State,
    long Step,
    double StepP50,
    double StepP95,
    double ComputeP50,
    double ClipsPerSecond,
    long Memory);

public sealed record NodeStatusView(
    string Node,
    bool Reachable,
    IReadOnlyList<string> FreeSlots,
    IReadOnlyList<string> BusySlots);

/// <param name="State">joining, up, leaving, exiting, down</param>
/// <param name="IsLeader">it moves the cluster's members from state to state</param>
/// <param name="IsCoordinator">the coordinator is on it</param>
public sealed record MemberStatusView(
    string Node,
    IReadOnlyList<string> Roles,
    string State,
    bool Reachable,
    bool IsLeader,
    bool IsCoordinator);
