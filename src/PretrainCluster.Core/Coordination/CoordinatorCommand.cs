namespace PretrainCluster.Core.Coordination;

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
