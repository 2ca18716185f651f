using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Summation;
using PretrainCluster.Training.Certificates;
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
        using var authority = new TestAuthority();
        using var certificate = authority.Node("127.0.0.1");
        var seen = new List<byte>();
        Proxy? proxy = null;
        var text = "these sixteen byte"u8.ToArray();
        using (
            var members = new Members(
            2, Tls(certificate), (rank, endpoint) => rank != 0 ? endpoint : (proxy = new Proxy(endpoint, (_, bytes) =>
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

    [Theory]
    [InlineData("another authority")]
    [InlineData("role operator")]
    [InlineData("only")]
    public void Connect_WithACertificateThatIsNoNodesOfTheCluster_IsRefusedAndSaidOnce(string reason)
    {
        using var authority = new TestAuthority();
        using var other = new TestAuthority();
        using var certificate = authority.Node("127.0.0.1");
        using var stranger =
            reason switch
            {
                "another authority" => other.Node("127.0.0.1"),
                "only" => authority.Expired("127.0.0.1"),
                _ => authority.User("olga", Role.Operator)
            };
        var said = new List<string>();
        using var first = new ExchangeListener(Tls(certificate, text =>
        {
            lock (said)
                said.Add(text);
        }));
        using var second = new ExchangeListener(Tls(stranger));

        Assert.Throws<ExchangeException>(() => MeshExchange.Connect(second, 1, 1, [first.Endpoint, second.Endpoint], s_secret, TimeSpan.FromSeconds(1)));
        // What the caller does not accept of the listener it says itself; what the listener does not accept of the
        // caller, the listener.
        if (reason != "another authority")
            Assert.Contains(reason, Assert.Single(said));
    }

    [Fact]
    public async Task Connect_ToANodeAtAnotherAddress_IsRefused_UnlessItsCertificateIsForAll()
    {
        using var authority = new TestAuthority();
        using var elsewhere = authority.Node("10.0.0.1");
        using var anywhere = authority.Node(CertificateIdentity.AnyHost);
        foreach (var (certificate, fits) in new[] { (elsewhere, false), (anywhere, true) })
        {
            using var first = new ExchangeListener(Tls(certificate));
            using var second = new ExchangeListener(Tls(anywhere));
            string[] endpoints = [first.Endpoint, second.Endpoint];
            var lower = Task.Run(
                () => Xunit.Record.Exception(
                () => MeshExchange.Connect(first, 1, 0, endpoints, s_secret, TimeSpan.FromSeconds(2)).Dispose()));
            var higher = Xunit.Record.Exception(
                () => MeshExchange.Connect(second, 1, 1, endpoints, s_secret, TimeSpan.FromSeconds(2)).Dispose());
            Assert.Equal(fits, higher is null);
            Assert.Equal(fits, await lower is null);
            if (!fits)
                Assert.Contains("is for 10.0.0.1, not for 127.0.0.1", higher!.Message);
        }
    }

    [Fact]
    public async Task Connect_UnderTlsWithAnotherGenerationsSecret_IsRefused()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Node("127.0.0.1");
        using var first = new ExchangeListener(Tls(certificate));
        using var second = new ExchangeListener(Tls(certificate));
        string[] endpoints = [first.Endpoint, second.Endpoint];
        var lower = Task.Run(
            () => Xunit.Record.Exception(
            () => MeshExchange.Connect(first, 1, 0, endpoints, s_secret, TimeSpan.FromSeconds(1))));
        var refused = Assert.Throws<ExchangeException>(
            () => MeshExchange.Connect(
            second, 1, 1, endpoints, [.. s_secret.Reverse().Select(b => (byte)~b)], TimeSpan.FromSeconds(1)));
        Assert.Contains("secret", refused.Message);
        Assert.NotNull(await lower);
    }

    [Fact]
    public void AllReduce_UnderTls_GivesTheSumsOfPlainConnections()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Node("127.0.0.1");
        var sums = new[] { Tls(certificate), new ExchangeListenerOptions { LocalSocket = false } }.Select(options =>
        {
            using var members = new Members(3, options);
            return Members.Parallel(3, rank =>
            {
                var digests = new List<string>();
                for (var round = 0; round < 5; round++)
                {
                    var tree = new TreeAccumulator(6, 1_000_003, 2);
                    var (start, end) = Shares.Of(rank, 3, 6);
                    for (var leaf = start; leaf < end; leaf++)
                    {
                        var buffer = tree.Rent();
                        for (var i = 0; i < buffer.Values.Length; i++)
                            buffer.Values[i] = MathF.Sin(i * (leaf + 1) + round);
                        tree.Add(leaf, buffer);
                    }
                    digests.Add(
                        Convert.ToHexString(
                        SHA256.HashData(MemoryMarshal.AsBytes(members[rank].AllReduce(tree).Values.AsSpan()))));
                }
                return string.Join(' ', digests);
            });
        }).ToList();
        Assert.Single(sums.SelectMany(each => each).Distinct());
    }

    static ExchangeListenerOptions Tls(ClusterCertificate certificate, Action<string>? refused = null) =>
        new() { LocalSocket = false, Certificate = certificate, Refused = refused ?? (_ => { }) };

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
