using System.Net.Sockets;

namespace PretrainCluster.Training.Exchange;

/// <summary>The authenticated connections to one peer.</summary>
sealed record PeerConnection(int Peer, Socket Data, Socket Control);
