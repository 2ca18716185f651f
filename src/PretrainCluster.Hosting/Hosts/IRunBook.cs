namespace PretrainCluster.Hosting.Hosts;

/// <summary>Keeps what there is to tell of runs, of one or of many.</summary>
public interface IRunBook
{
    /// <summary>What a coordinator before this one has written into the ledger.</summary>
    void Continue(IReadOnlyList<LedgerEntry> ledger);

    /// <summary>What a worker or an agent says.</summary>
    void Hear(Message message);

    /// <summary>An order that is given to an agent.</summary>
    void Order(AgentOrder order);

    /// <summary>A fact that the ledger has taken.</summary>
    void Keep(LedgerEntry entry);

    /// <summary>A line of the coordinator's for the log.</summary>
    void Note(Record record);
}
