namespace PretrainCluster.Training.Exchange;

/// <summary>Why a listener does not take a connection. The numbers travel.</summary>
enum Refusal : byte
{
    None = 0,

    /// <summary>It speaks another version of the protocol.</summary>
    Version = 1,

    /// <summary>The generation has ended, or its members are connected already.</summary>
    Superseded = 2,

    /// <summary>Rank or world size is not what the generation has here.</summary>
    Membership = 3,

    /// <summary>It does not know the generation's secret.</summary>
    Secret = 4,
}
