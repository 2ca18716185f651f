using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using PretrainCluster.Core.Checksums;
using PretrainCluster.Core.Summation;
using PretrainCluster.Training.Exchange;

namespace PretrainCluster.Training.Tests.Exchange;

/// <summary>A peer that knows the secret, and then sends what no member would.</summary>
public class HostilePeerTests
{
    static readonly byte[] s_secret = RandomNumberGenerator.GetBytes(32);

    public static TheoryData<string, byte[]> Frames => new()
    {
        { "4194305 bytes", Header(FrameKind.Totals, 4 * 1024 * 1024 + 1) },
        { "-1 bytes", Header(FrameKind.Totals, -1) },
        { "frame 1 came where frame 0", Header(FrameKind.Totals, 24, sequence: 1) },
        { "out of turn", Header(FrameKind.Finished, 400) },
        { "out of turn", Header((FrameKind)77, 24) },
        { "micro-batches", Header(FrameKind.Totals, 1 << 20) },
        { "do not match their checksum", [.. Header(FrameKind.Totals, 24), .. new byte[24]] },
        { "header does not match", new byte[FrameHeader.Size] },
        { "no meaning", WithFlags(Header(FrameKind.Totals, 24)) },
    };

    [Theory]
    [MemberData(nameof(Frames))]
    public void AllReduce_FrameThatCannotBe_FailsNamingItsSender(string reason, byte[] frame)
    {
        using var hostile = new Hostile();
        hostile.Data.Send(frame);

        var failure = Assert.Throws<ExchangeException>(() => hostile.Reduce());
        Assert.Equal(1, failure.Rank);
        Assert.Contains(reason, failure.Message);
    }

    [Theory]
    [InlineData((byte)FrameKind.Broken, 1029)]
    [InlineData((byte)FrameKind.Broken, 3)]
    [InlineData((byte)FrameKind.Part, 100)]
    public void Broken_NonsenseOverTheControlConnection_IsCancelled(byte kind, int length)
    {
        using var hostile = new Hostile();
        hostile.Control.Send(Header((FrameKind)kind, length));

        Assert.True(hostile.Member.Broken.WaitHandle.WaitOne(TimeSpan.FromSeconds(20)));
        Assert.Equal(1, Assert.Throws<ExchangeException>(() => hostile.Reduce()).Rank);
    }

    static byte[] Header(FrameKind kind, int length, ulong sequence = 0)
    {
        var header = new byte[FrameHeader.Size];
        new FrameHeader(kind, true, length, sequence, 12345).Write(header);
        return header;
    }

    static byte[] WithFlags(byte[] header)
    {
        header[1] = 3;
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), Crc32C.Compute(header.AsSpan(0, 20)));
        return header;
    }

    sealed class Hostile : IDisposable
    {
        readonly ExchangeListener _listener = new();

        public Hostile()
        {
            var member = Task.Factory.StartNew(() => MeshExchange.Connect(_listener, 1, 0, [_listener.Endpoint, "127.0.0.1:1"], s_secret, TimeSpan.FromSeconds(30)), TaskCreationOptions.LongRunning);
            (Data, Control) = (Call(Channel.Data), Call(Channel.Control));
            Member = member.Result;
        }

        public Socket Data { get; }

        public Socket Control { get; }

        public IExchange Member { get; }

        public void Reduce()
        {
            var sums = new TreeAccumulator(2, 100, 1);
            sums.Add(0, sums.Rent());
            Member.AllReduce(sums);
        }

        public void Dispose()
        {
            Data.Dispose();
            Control.Dispose();
            Member.Dispose();
            _listener.Dispose();
        }

        Socket Call(Channel channel)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(IPEndPoint.Parse(_listener.Endpoint));
            Handshake.Call(Connection.Call(socket, "", null), new Greeting(channel, 1, 1, 0, 2), s_secret);
            return socket;
        }
    }
}
