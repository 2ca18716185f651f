namespace PretrainCluster.Training.Exchange;

/// <summary>A link to a peer cannot go on. The exchange turns it into an <see cref="ExchangeException"/> once it knows who is at fault.</summary>
/// <param name="closed">the connection ended, so that its other end may know more of the cause</param>
sealed class LinkException(int peer, string reason, bool closed, Exception? inner = null) : Exception(reason, inner)
{
    public int Peer { get; } = peer;

    public bool Closed { get; } = closed;
}
