namespace PretrainCluster.Hosting.Ledgers;

/// <summary>Another coordinator wrote the entry that this one wanted to write: it has taken over, and this one ends.</summary>
public sealed class LedgerSupersededException(string entry)
    : Exception($"another coordinator has taken over: {entry} is not this one's. It carries the runs on; this process changes nothing more");
