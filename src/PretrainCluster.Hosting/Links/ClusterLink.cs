using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using PretrainCluster.Training.Certificates;

namespace PretrainCluster.Hosting.Links;

/// <summary>
/// Asks a cluster, through one of its coordinator nodes. Not a node of it: it comes and goes without the nodes taking
/// note.
/// </summary>
public sealed class ClusterLink : IDisposable
{
    // The node itself waits half a minute for a coordinator.
    static readonly TimeSpan s_answer = TimeSpan.FromSeconds(40), s_connect = TimeSpan.FromSeconds(10);

    readonly string _host;
    readonly int _port;
    readonly ClusterCertificate? _certificate;
    MessageStream? _stream;

    /// <param name="host">name or address of a coordinator node; with a certificate, one that the node's certificate is
    /// for</param>
    /// <param name="certificate">the user's; null for a cluster on this machine's loopback</param>
    public ClusterLink(string host, int port, ClusterCertificate? certificate) =>
        (_host, _port, _certificate) = (host, port, certificate);

    string Name => _host.Contains(':') ? $"[{_host}]:{_port.ToString(CultureInfo.InvariantCulture)}"
        : $"{_host}:{_port.ToString(CultureInfo.InvariantCulture)}";

    /// <exception cref="InputException">The cluster refuses, or does not answer; says which.</exception>
    public async Task<UserReply> AskAsync(UserRequest request, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            limit.CancelAfter(s_connect);
            _stream ??= await ConnectAsync(limit.Token);
            limit.CancelAfter(s_answer);
            var stream = _stream;
            using var cut = limit.Token.Register(stream.Dispose);
            var reply = await Task.Run(() =>
            {
                stream.Write(request);
                return stream.Read();
            }, cancellation);
            return reply switch
            {
                Refused refused => throw new InputException(refused.Reason),
                UserReply answer => answer,
                null => throw new EndOfStreamException("the node shut the link before it answered"),
                var other => throw new MessageFormatException($"{other.GetType().Name} is no answer"),
            };
        }
        catch (Exception failure) when (
            failure is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Dispose();
            cancellation.ThrowIfCancellationRequested();
            throw new InputException(
                $"{Name}: no coordinator node answers there: "
                    + $"{(limit.IsCancellationRequested ? "nothing came in time" : failure.GetBaseException().Message)}. "
                + (_certificate is null
                    ? "A cluster with certificates wants --certificate; `pretrain node --role coordinator` starts a "
                        + "cluster on this machine"
                    : $"It may not take the certificate of {_certificate.Identity.Name}, or speak without one; its "
                        + "log says why"), failure);
        }
        catch (Exception refused) when (refused is AuthenticationException or MessageFormatException)
        {
            Dispose();
            throw new InputException($"{Name}: {refused.Message}", refused);
        }
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
    }

    async Task<MessageStream> ConnectAsync(CancellationToken limit)
    {
        var addresses = IPAddress.TryParse(_host, out var literal) ? [literal]
            : await Dns.GetHostAddressesAsync(_host, limit);
        if (_certificate is null && !addresses.All(IPAddress.IsLoopback))
            throw new InputException(
                $"{Name} is not this machine's loopback: --certificate names the file of your certificate (`pretrain "
                    + "cluster certificates --user NAME --role ROLE` makes one)");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(addresses, _port, limit);
            socket.NoDelay = true;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        using var cut = limit.Register(socket.Dispose);
        return await Task.Run(
            () => MessageStream.Open(
            socket, plain => _certificate is null ? plain : _certificate.Call(plain, _host), () => Greeting.OfUser("")),
            limit);
    }
}
