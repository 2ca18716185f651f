namespace PretrainCluster.Core.Coordination;

/// <summary>Something that the coordinator learns. Time comes in with it, and never goes back.</summary>
/// <param name="At">when the shell took it up</param>
public abstract record CoordinatorEvent(DateTimeOffset At);

/// <summary>A node's agent says something.</summary>
public sealed record FromAgent(DateTimeOffset At, string Node, AgentMessage Message) : CoordinatorEvent(At);

/// <summary>A worker says something, through the agent of <paramref name="Node"/>.</summary>
public sealed record FromWorker(DateTimeOffset At, string Node, WorkerMessage Message) : CoordinatorEvent(At);

/// <summary>A user asks for something.</summary>
/// <param name="Request">names the request, so that its <see cref="Reply"/> finds back</param>
/// <param name="By">whose rights count</param>
public sealed record FromUser(DateTimeOffset At, string Request, UserRequest Message, User By) : CoordinatorEvent(At);

/// <summary>A node is out of reach: its workers count as lost, whether they still run or not.</summary>
public sealed record NodeLost(DateTimeOffset At, string Node, string Reason) : CoordinatorEvent(At);

/// <summary>Time has passed. Needed at <see cref="Coordinator.NextDue"/> at the latest; earlier and more of them do no harm.</summary>
public sealed record Tick(DateTimeOffset At) : CoordinatorEvent(At);
