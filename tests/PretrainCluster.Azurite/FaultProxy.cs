using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PretrainCluster.Azurite;

/// <summary>
/// An HTTP proxy on loopback that makes requests fail on purpose, drawn from a seed. It takes one request a connection, and asks the
/// server to close after its answer, so an answer ends where the connection does.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    const int HeadLimit = 1 << 16;

    readonly int _upstream;
    readonly Random _random;
    readonly CancellationTokenSource _stop = new();
    readonly ConcurrentDictionary<FaultKind, long> _counts = new();
    readonly TcpListener _listener;
    readonly Task _accepting;
    int _passing;

    /// <param name="upstream">the server's port</param>
    public FaultProxy(int upstream, int seed)
    {
        (_upstream, _random) = (upstream, new Random(seed));
        _listener = new(IPAddress.Loopback, 0);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>How likely each fault is, from 0 to 1; together at most 1. May be replaced at any time.</summary>
    public IReadOnlyDictionary<FaultKind, double> Rates { get; set; } = new Dictionary<FaultKind, double>();

    /// <summary>Decides over a request before <see cref="Rates"/> do, by its first line, e.g. "PUT /account/container/name?comp=block HTTP/1.1".</summary>
    public Func<string, FaultKind?>? Choose { get; set; }

    /// <summary>The store is away: the connection of every request is reset.</summary>
    public bool IsAway { get; set; }

    /// <summary>Longest of the waits of <see cref="FaultKind.Delay"/>.</summary>
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Requests by what was done to them.</summary>
    public IReadOnlyDictionary<FaultKind, long> Counts => _counts;

    /// <summary>First lines of requests as they came; null until set.</summary>
    public ConcurrentQueue<string>? Requests { get; set; }

    /// <summary>Sets <see cref="IsAway"/>, and ends when no request that came before is still on its way.</summary>
    public async Task TurnAwayAsync()
    {
        IsAway = true;
        do
            await Task.Delay(10);
        while (Volatile.Read(ref _passing) > 0);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
            catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
            {
            }
        }
    }

    async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var (head, ahead) = await ReadHeadAsync(client.GetStream());
                if (head.Length > 0)
                    await DecideAsync(client, head, ahead);
            }
            catch (Exception broken) when (broken is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // A side that goes away is what this class is about.
            }
        }
    }

    async Task DecideAsync(TcpClient client, string head, byte[] ahead)
    {
        Interlocked.Increment(ref _passing);
        try
        {
            if (IsAway)
            {
                Count(FaultKind.Refuse);
                Reset(client);
                return;
            }
            var line = head[..head.IndexOf("\r\n", StringComparison.Ordinal)];
            Requests?.Enqueue(line);
            var kind = Choose?.Invoke(line) ?? Draw();
            Count(kind);
            await ServeAsync(client, head, ahead, kind);
        }
        finally
        {
            Interlocked.Decrement(ref _passing);
        }
    }

    async Task ServeAsync(TcpClient client, string head, byte[] ahead, FaultKind kind)
    {
        var input = client.GetStream();
        if (kind == FaultKind.Refuse)
        {
            Reset(client);
            return;
        }
        if (kind == FaultKind.Delay)
            await Task.Delay(LongestDelay * Next(), _stop.Token);

        var length = BodyLength(head);
        var body = new byte[length];
        // The SDK asks so for a while after a server was busy, and waits a second for those who never say it.
        if (ahead.Length < length && head.Contains("Expect: 100-continue", StringComparison.OrdinalIgnoreCase))
            await input.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), _stop.Token);
        ahead.AsSpan(0, (int)Math.Min(ahead.Length, length)).CopyTo(body);
        await input.ReadExactlyAsync(body.AsMemory((int)Math.Min(ahead.Length, length)), _stop.Token);
        if (kind == FaultKind.Busy)
        {
            await input.WriteAsync("HTTP/1.1 503 Server Busy\r\nx-ms-error-code: ServerBusy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), _stop.Token);
            return;
        }

        using var server = new TcpClient();
        await server.ConnectAsync(IPAddress.Loopback, _upstream, _stop.Token);
        var output = server.GetStream();
        await output.WriteAsync(Encoding.Latin1.GetBytes(Forwarded(head)), _stop.Token);
        if (kind == FaultKind.CutRequest)
        {
            await output.WriteAsync(body.AsMemory(0, body.Length / 2), _stop.Token);
            Reset(server);
            Reset(client);
            return;
        }
        await output.WriteAsync(body, _stop.Token);

        using var answer = new MemoryStream();
        await output.CopyToAsync(answer, _stop.Token);
        if (kind == FaultKind.LoseAnswer)
        {
            Reset(client);
            return;
        }
        var bytes = answer.ToArray();
        var sent = kind == FaultKind.CutAnswer ? CutPoint(bytes) : bytes.Length;
        await input.WriteAsync(bytes.AsMemory(0, sent), _stop.Token);
        if (kind == FaultKind.CutAnswer)
        {
            await Task.Delay(20, _stop.Token);
            Reset(client);
        }
    }

    async Task<(string Head, byte[] Ahead)> ReadHeadAsync(NetworkStream input)
    {
        var buffer = new byte[HeadLimit];
        for (var filled = 0; filled < buffer.Length;)
        {
            var count = await input.ReadAsync(buffer.AsMemory(filled), _stop.Token);
            if (count == 0)
                break;
            filled += count;
            var end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
                return (Encoding.Latin1.GetString(buffer, 0, end + 4), buffer[(end + 4)..filled]);
        }
        return ("", []);
    }

    static long BodyLength(string head)
    {
        foreach (var line in head.Split("\r\n"))
        {
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                return long.Parse(line["Content-Length:".Length..], CultureInfo.InvariantCulture);
        }
        return 0;
    }

    // The body is here already, and the connection is for this request alone.
    static string Forwarded(string head) =>
        string.Join("\r\n", head[..^4].Split("\r\n").Where(line =>
            !line.StartsWith("Connection:", StringComparison.OrdinalIgnoreCase) && !line.StartsWith("Expect:", StringComparison.OrdinalIgnoreCase))) + "\r\nConnection: close\r\n\r\n";

    static int CutPoint(byte[] answer)
    {
        var body = answer.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
        return body + (answer.Length - body) / 2;
    }

    static void Reset(TcpClient side)
    {
        side.LingerState = new LingerOption(true, 0);
        side.Close();
    }

    FaultKind Draw()
    {
        var draw = Next();
        foreach (var (kind, rate) in Rates)
        {
            if ((draw -= rate) < 0)
                return kind;
        }
        return FaultKind.None;
    }

    double Next()
    {
        lock (_random)
            return _random.NextDouble();
    }

    void Count(FaultKind kind) => _counts.AddOrUpdate(kind, 1, (_, count) => count + 1);
}
