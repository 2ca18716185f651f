namespace PretrainCluster.Training.Exchange;

/// <summary>The authenticated connections to one peer.</summary>
sealed record PeerConnection(int Peer, Connection Data, Connection Control);
