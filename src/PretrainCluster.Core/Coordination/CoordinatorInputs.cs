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

/// <summary>Something that the shell is to do. Commands are carried out in the order in which they are listed.</summary>
public abstract record CoordinatorCommand;

/// <summary>Tell a node's agent.</summary>
public sealed record ToAgent(string Node, AgentOrder Order) : CoordinatorCommand;

/// <summary>Tell a worker, through its node's agent.</summary>
public sealed record ToWorker(string Node, WorkerOrder Order) : CoordinatorCommand;

/// <summary>Answer the user who asked.</summary>
public sealed record Reply(string Request, UserReply Message) : CoordinatorCommand;

/// <summary>
/// Write an entry into the ledger under its number, created only if absent, before the commands after it are carried out. Where another entry
/// has that number, another coordinator has taken over: this one ends, and carries out nothing more.
/// </summary>
public sealed record Append(LedgerEntry Entry) : CoordinatorCommand;

/// <summary>Write a line into a run's event log and its live view.</summary>
/// <param name="Run">empty where it is about the cluster</param>
/// <param name="Step">steps that the run has applied</param>
/// <param name="By">the user whose request it follows from; null where it follows from none</param>
public sealed record Record(string Run, RecordKind Kind, string Text, long Step, string? By = null)
    : CoordinatorCommand;

/// <summary>How a run ended.</summary>
public enum RunEnd
{
    /// <summary>Its last step is applied and its checkpoint written.</summary>
    Finished,

    /// <summary>A user cancelled it.</summary>
    Cancelled,

    /// <summary>It cannot go on: a loss that is not finite, a plan that does not fit, or too many failures in a row.</summary>
    Failed,
}

/// <summary>What a line of a run's event log is about.</summary>
public enum RecordKind
{
    /// <summary>The run is in the queue.</summary>
    Submitted,

    /// <summary>Worker processes were started for it.</summary>
    Placed,

    /// <summary>A generation was begun, or its members are level and train.</summary>
    Generation,

    /// <summary>A worker is no longer in the run; the text says why.</summary>
    WorkerLost,
    Scaled,
    Paused,
    Resumed,
    Stopping,
    Checkpoint,

    /// <summary>A checkpoint by a worker that is not in the newest generation: it is not committed.</summary>
    CheckpointRefused,
    Evaluation,

    /// <summary>Said by a worker.</summary>
    Note,

    /// <summary>About a node rather than a run.</summary>
    Node,
    Ended,
}
