using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace PretrainCluster.Training.Exchange;

public sealed partial class MeshExchange
{
    static readonly TimeSpan s_retryPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Connects this member with all others of a generation: it calls those of lower ranks and is called by those of higher ones. Alone, it is a <see cref="SoloExchange"/>.</summary>
    /// <param name="listener">at this member's endpoint</param>
    /// <param name="endpoints">HOST:PORT of each member, by rank</param>
    /// <param name="secret">what the coordinator gave to the members of this generation alone</param>
    /// <param name="limit">how long they may take to find each other</param>
    /// <exception cref="ExchangeException">A member did not come in time, or is not of this generation.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IExchange Connect(ExchangeListener listener, long generation, int rank, IReadOnlyList<string> endpoints, byte[] secret, TimeSpan limit, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, endpoints.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(secret.Length, 16);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(limit);
        var rendezvous = listener.Announce(generation, rank, endpoints.Count, secret);
        var peers = new List<PeerConnection>();
        try
        {
            if (endpoints.Count == 1)
                return new SoloExchange(generation);
            for (var peer = 0; peer < rank; peer++)
            {
                var data = Call(Channel.Data, peer);
                try
                {
                    peers.Add(new(peer, data, Call(Channel.Control, peer)));
                }
                catch
                {
                    data.Dispose();
                    throw;
                }
            }
            for (var peer = rank + 1; peer < endpoints.Count; peer++)
                peers.Add(rendezvous.Take(peer, deadline.Token) ?? throw Late(peer, "it did not call"));
            return new MeshExchange(generation, rank, peers);
        }
        catch
        {
            foreach (var peer in peers)
            {
                peer.Data.Dispose();
                peer.Control.Dispose();
            }
            throw;
        }
        finally
        {
            listener.Close(rendezvous);
        }

        Connection Call(Channel channel, int peer)
        {
            var greeting = new Greeting(channel, generation, rank, peer, endpoints.Count);
            var reason = "it did not answer";
            while (!deadline.IsCancellationRequested)
            {
                try
                {
                    if (TryCall(
                        endpoints[peer], greeting, secret, listener.Certificate, deadline.Token) is { } connection)
                        return connection;
                }
                catch (Exception e) when (e is RefusedException or AuthenticationException)
                {
                    throw new ExchangeException(peer, $"Rank {peer} at {endpoints[peer]} and this member cannot form generation {generation}: {e.Message}.", e);
                }
                catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
                {
                    if (!deadline.IsCancellationRequested)
                        reason = e.Message;
                }
                deadline.Token.WaitHandle.WaitOne(s_retryPause);
            }
            throw Late(peer, reason);
        }

        Exception Late(int peer, string reason) => cancellation.IsCancellationRequested ? new OperationCanceledException(cancellation)
            : new ExchangeException(peer, $"Rank {peer} at {endpoints[peer]} did not join generation {generation} within {limit.TotalSeconds:0.###} s: {reason}.");
    }

    static Connection? TryCall(
        string endpoint, Greeting greeting, byte[] secret, ClusterCertificate? certificate, CancellationToken deadline)
    {
        try
        {
            if (OperatingSystem.IsLinux()
                && TryCall(
                new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), Connection.LocalName(endpoint),
                "", null) is { } local)
                return local;
        }
        catch (Exception e) when (e is RefusedException or SocketException or IOException or ObjectDisposedException)
        {
            // It is on another host, or has no such socket; what TCP says is what counts.
        }
        var (host, address) = Connection.Parse(endpoint);
        return TryCall(new(SocketType.Stream, ProtocolType.Tcp), address, host, certificate);

        Connection? TryCall(Socket socket, EndPoint to, string host, ClusterCertificate? with)
        {
            using var limit = new TimeLimit(socket, deadline);
            try
            {
                socket.Connect(to);
                var connection = Connection.Call(socket, host, with);
                Handshake.Call(connection, greeting, secret);
                if (limit.Release())
                {
                    connection.Begin();
                    return connection;
                }
            }
            catch
            {
                socket.Dispose();
                throw;
            }
            return null;
        }
    }
}
