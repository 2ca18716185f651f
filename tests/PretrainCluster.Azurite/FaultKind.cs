namespace PretrainCluster.Azurite;

/// <summary>What a <see cref="FaultProxy"/> does to a request.</summary>
public enum FaultKind
{
    /// <summary>Passes it on.</summary>
    None,

    /// <summary>Closes the connection before reading it.</summary>
    Refuse,

    /// <summary>Passes it on after a wait.</summary>
    Delay,

    /// <summary>Passes half of its body on, then resets both connections.</summary>
    CutRequest,

    /// <summary>Passes it on, and resets the connection in the middle of the answer's body.</summary>
    CutAnswer,

    /// <summary>Passes it on, and resets the connection before the answer: it was carried out, and nobody is told.</summary>
    LoseAnswer,

    /// <summary>Answers 503 without passing it on.</summary>
    Busy,
}
