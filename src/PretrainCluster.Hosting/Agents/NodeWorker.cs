using System.Diagnostics;

namespace PretrainCluster.Hosting.Agents;

/// <summary>A worker process as its agent knows it; guarded by the agent's lock.</summary>
sealed class NodeWorker(string name, ProcessRecord record, WorkerFiles files, Process? child)
{
    public string Name => name;
    public ProcessRecord Record => record;
    public WorkerFiles Files => files;

    /// <summary>Null for one that an agent before this one started.</summary>
    public Process? Child => child;

    public ControlConnection? Link { get; set; }
    public WorkerReady? Ready { get; set; }

    /// <summary>Its last word.</summary>
    public WorkerEnded? Ended { get; set; }

    /// <summary>Why this agent ended it; null while it did not.</summary>
    public string? Killed { get; set; }

    /// <summary>Its process, if it is still the one that was started.</summary>
    public ProcessFacts? Facts => ProcessFacts.Read(record.ProcessId) is { } facts && facts.Started == record.Started ? facts : null;
}
