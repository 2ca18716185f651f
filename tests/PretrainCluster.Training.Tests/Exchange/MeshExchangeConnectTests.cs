using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PretrainCluster.Training.Exchange;

namespace PretrainCluster.Training.Tests.Exchange;

public class MeshExchangeConnectTests
{
    static readonly byte[] s_secret = RandomNumberGenerator.GetBytes(32);
    static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);
    static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(300);

    [Fact]
    public void Connect_Alone_IsSolo()
    {
        using var listener = new ExchangeListener();
        using var exchange = MeshExchange.Connect(listener, 5, 0, [listener.Endpoint], s_secret, s_long);

        Assert.IsType<SoloExchange>(exchange);
        Assert.Equal(5, exchange.Generation);
    }

    [Fact]
    public void Connect_OneGenerationAfterAnother_OverTheSameListeners()
    {
        using var listeners = new Pair();
        for (var generation = 1; generation <= 5; generation++)
        {
            var exchanges = listeners.Connect(generation, s_secret, s_secret, s_long);
            Members.Parallel(2, rank =>
            {
                var byRank = new Memory<byte>[] { new byte[1], new byte[1] };
                exchanges[rank].AllGather([(byte)(rank + 7)], byRank);
                Assert.Equal(8, byRank[1].Span[0]);
                exchanges[rank].Dispose();
                return 0;
            });
        }
    }

    [Fact]
    public void Connect_LowerRankComesLate_IsWaitedFor()
    {
        using var listeners = new Pair();
        var exchanges = Members.Parallel(2, rank =>
        {
            if (rank == 0)
                Thread.Sleep(200);
            return listeners.Connect(1, rank, s_secret, s_long);
        });

        Assert.All(exchanges, exchange => Assert.Equal(2, exchange.WorldSize));
        exchanges[0].Dispose();
        exchanges[1].Dispose();
    }

    [Fact]
    public async Task Connect_ListenerNotThereYet_IsCalledAgain()
    {
        string endpoint;
        using (var probe = new ExchangeListener())
            endpoint = probe.Endpoint;
        using var second = new ExchangeListener();
        var calling = Task.Run(() => MeshExchange.Connect(second, 1, 1, [endpoint, second.Endpoint], s_secret, s_long));
        await Task.Delay(100);
        using var first = new ExchangeListener(new() { Port = IPEndPoint.Parse(endpoint).Port });
        using var exchange = MeshExchange.Connect(first, 1, 0, [endpoint, second.Endpoint], s_secret, s_long);

        (await calling).Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Connect_PeerNeverComes_NamesItAfterTheLimit(int rank)
    {
        using var listeners = new Pair();

        var failure = Assert.Throws<ExchangeException>(() => listeners.Connect(1, rank, s_secret, s_short));
        Assert.Equal(1 - rank, failure.Rank);
        Assert.Contains("0.3 s", failure.Message);
    }

    [Fact]
    public void Connect_Cancelled_EndsAtOnce()
    {
        using var listeners = new Pair();
        using var cancellation = new CancellationTokenSource(s_short);

        Assert.Throws<OperationCanceledException>(() => listeners.Connect(1, 0, s_secret, TimeSpan.FromMinutes(10), cancellation.Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Connect_WrongSecret_IsRefused(bool local)
    {
        using var listeners = new Pair(new() { LocalSocket = local });
        var failures = Members.Parallel(2, rank => Assert.Throws<ExchangeException>(() =>
            listeners.Connect(1, rank, rank == 0 ? s_secret : RandomNumberGenerator.GetBytes(32), rank == 0 ? TimeSpan.FromSeconds(4) : s_long)));

        Assert.Contains("secret", failures[1].Message);
        Assert.Equal(1, failures[0].Rank);
    }

    [Fact]
    public void Connect_OlderGeneration_IsRefused()
    {
        using var listeners = new Pair();
        foreach (var exchange in listeners.Connect(7, s_secret, s_secret, s_long))
            exchange.Dispose();
        using var stale = new ExchangeListener();

        var failure = Assert.Throws<ExchangeException>(() => MeshExchange.Connect(stale, 6, 1, [listeners[0].Endpoint, stale.Endpoint], s_secret, s_long));
        Assert.Contains("another generation", failure.Message);
        Assert.Throws<InvalidOperationException>(() => listeners.Connect(7, 0, s_secret, s_long));
    }

    [Fact]
    public async Task Connect_OtherWorldSize_IsRefused()
    {
        using var listeners = new Pair();
        using var third = new ExchangeListener();
        var waiting = Task.Run(() => Assert.Throws<ExchangeException>(() => listeners.Connect(1, 0, s_secret, TimeSpan.FromSeconds(4))));

        var failure = Assert.Throws<ExchangeException>(() =>
            MeshExchange.Connect(third, 1, 1, [listeners[0].Endpoint, third.Endpoint, third.Endpoint], s_secret, s_long));
        Assert.Contains("world size", failure.Message);
        await waiting;
    }

    [Fact]
    public void Connect_GarbageAndSilenceOnThePort_DoNotDisturb()
    {
        using var listeners = new Pair(new() { PendingLimit = 16, PendingTime = TimeSpan.FromSeconds(1) });
        var strangers = Enumerable.Range(0, 40).Select(i =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(IPEndPoint.Parse(listeners[i % 2].Endpoint));
            if (i % 3 != 0)
                socket.Send(RandomNumberGenerator.GetBytes(1 + i * 40));
            return socket;
        }).ToArray();

        foreach (var exchange in listeners.Connect(1, s_secret, s_secret, s_long))
            exchange.Dispose();
        foreach (var stranger in strangers)
            stranger.Dispose();
    }

    [Fact]
    public void Connect_WithCertificates_EncryptsWhatTravels()
    {
        using var authority = Authority("CN=authority");
        using var certificate = Signed(authority, "CN=member");
        var seen = new List<byte>();
        Proxy? proxy = null;
        var text = "these sixteen byte"u8.ToArray();
        using (var members = new Members(2, Tls(certificate, authority), (rank, endpoint) => rank != 0 ? endpoint : (proxy = new Proxy(endpoint, (_, bytes) =>
        {
            lock (seen)
                seen.AddRange(bytes.Span);
        })).Endpoint))
        {
            Members.Parallel(2, rank =>
            {
                var data = new byte[3_000_000];
                if (rank == 1)
                    text.CopyTo(data, 1_000_000);
                members[rank].Transfer(1, [0], data);
                Assert.True(data.AsSpan().IndexOf(text) == 1_000_000);
                return 0;
            });
        }
        proxy!.Dispose();

        lock (seen)
        {
            Assert.True(seen.Count > 3_000_000);
            Assert.Equal(-1, seen.ToArray().AsSpan().IndexOf(text));
        }
    }

    [Fact]
    public void Connect_CertificateOfAnotherAuthority_IsRefused()
    {
        using var authority = Authority("CN=authority");
        using var other = Authority("CN=other");
        using var certificate = Signed(authority, "CN=member");
        using var stranger = Signed(other, "CN=member");
        using var first = new ExchangeListener(Tls(certificate, authority));
        using var second = new ExchangeListener(Tls(stranger, other));

        Assert.Throws<ExchangeException>(() => MeshExchange.Connect(second, 1, 1, [first.Endpoint, second.Endpoint], s_secret, TimeSpan.FromSeconds(1)));
    }

    static ExchangeListenerOptions Tls(X509Certificate2 certificate, X509Certificate2 authority) =>
        new() { LocalSocket = false, Tls = new(certificate, [authority]) };

    static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    static X509Certificate2 Signed(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        using var signed = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }

    sealed class Pair(ExchangeListenerOptions? options = null) : IDisposable
    {
        readonly ExchangeListener[] _listeners = [new(options), new(options)];

        public ExchangeListener this[int rank] => _listeners[rank];

        public IExchange Connect(long generation, int rank, byte[] secret, TimeSpan limit, CancellationToken cancellation = default) =>
            MeshExchange.Connect(_listeners[rank], generation, rank, [.. _listeners.Select(listener => listener.Endpoint)], secret, limit, cancellation);

        public IExchange[] Connect(long generation, byte[] first, byte[] second, TimeSpan limit) =>
            Members.Parallel(2, rank => Connect(generation, rank, rank == 0 ? first : second, limit));

        public void Dispose()
        {
            foreach (var listener in _listeners)
                listener.Dispose();
        }
    }
}
