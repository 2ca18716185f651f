using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace PretrainCluster.Training.Exchange;

/// <summary>Pumps bytes between an encrypted connection and a local socket, a thread in either direction, until either end is shut.</summary>
static class TlsRelay
{
    const int BufferBytes = 64 << 10;

    /// <summary>Takes over stream and connection.</summary>
    /// <returns>the local socket on which the plain bytes come and go</returns>
    public static Socket Start(SslStream stream, Socket connection)
    {
        var (near, far) = LocalPair();
        var running = 2;
        Pump("exchange tls out", () => Copy(far.Receive, stream.Write), () => connection.Shutdown(SocketShutdown.Send));
        Pump("exchange tls in", () => Copy(stream.Read, bytes => Write(far, bytes)), () => far.Shutdown(SocketShutdown.Send));
        return near;

        void Pump(string name, Action copy, Action end) => new Thread(() =>
        {
            try
            {
                copy();
                end();
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
            {
                connection.Dispose();
                far.Dispose();
            }
            if (Interlocked.Decrement(ref running) == 0)
            {
                stream.Dispose();
                connection.Dispose();
                far.Dispose();
            }
        })
        { IsBackground = true, Name = name }.Start();
    }

    delegate int Reader(Span<byte> buffer);

    delegate void Writer(ReadOnlySpan<byte> bytes);

    static void Copy(Reader read, Writer write)
    {
        var buffer = new byte[BufferBytes];
        while (read(buffer) is > 0 and var count)
            write(buffer.AsSpan(0, count));
    }

    static void Write(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[socket.Send(bytes)..];
    }

    static (Socket Near, Socket Far) LocalPair()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        near.Connect(listener.LocalEndPoint!);
        while (true)
        {
            var far = listener.Accept();
            if (far.RemoteEndPoint!.Equals(near.LocalEndPoint))
                return (near, far);
            far.Dispose();
        }
    }
}
