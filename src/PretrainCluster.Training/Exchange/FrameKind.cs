namespace PretrainCluster.Training.Exchange;

/// <summary>What a frame carries. The numbers travel.</summary>
enum FrameKind : byte
{
    /// <summary>All-reduce: what the sender is about to send, and its subtrees' totals.</summary>
    Totals = 1,

    /// <summary>All-reduce: part of one of the sender's subtrees, in the receiver's slice.</summary>
    Part = 2,

    /// <summary>All-reduce: part of the finished sum, in the sender's slice.</summary>
    Finished = 3,

    /// <summary>All-gather.</summary>
    Gathered = 4,

    /// <summary>Transfer.</summary>
    Transferred = 5,

    /// <summary>Control: the exchange is broken; the rank at fault and the reason.</summary>
    Broken = 16,

    /// <summary>Control: the sender leaves in good order.</summary>
    Leaving = 17,
}
