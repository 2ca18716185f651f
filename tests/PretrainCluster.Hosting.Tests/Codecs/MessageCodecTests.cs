using System.Buffers;
using System.Reflection;
using MessagePack;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Hosting.Codecs;

namespace PretrainCluster.Hosting.Tests.Codecs;

public sealed class MessageCodecTests
{
    public static TheoryData<string, string> Foreign { get; } = new()
    {
        { """[9,"pause_run",["demo"]]""", "protocol 9" },
        { """[2,"explode",[]]""", "explode" },
        { """["pause_run",2,["demo"]]""", "no message" },
        { """[2,"pause_run",[]]""", "1 members, not 0" },
        { """[2,"pause_run",["demo",true]]""", "1 members, not 2" },
        { """[2,"pause_run",[null]]""", "PauseRun.Run must not be null" },
        { """[2,"pause_run",null]""", "without a body" },
        { """[2,"pause_run",{"run":"demo"}]""", "no message" },
        { """[2,"worker_ended",["w1",3,99,480,"",null]]""", "99 is no WorkerOutcome" },
        { """[2,"node_announced",["local",2,[null],[],null]]""", "NodeAnnounced.Slots must not be null" },
        { """[2,"node_announced",["local",2,[["cpu:0","cpu"]],[],null]]""", "DeviceSlot has 3 members, not 2" },
        { """[2,"pause_run"]""", "no message" },
        { "{}", "no message" },
    };

    [Theory]
    [MemberData(nameof(Foreign))]
    public void Decode_ForeignBytes_SaysWhatIsWrong(string json, string expected)
    {
        var refused = Assert.Throws<MessageFormatException>(
            () => MessageCodec.Decode(MessagePackSerializer.ConvertFromJson(json)));
        Assert.Contains(expected, refused.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Decode_BytesBehindTheEnd_IsRefused() =>
        Assert.Throws<MessageFormatException>(() => MessageCodec.Decode((byte[])[.. Encode(new PauseRun("demo")), 0]));

    [Theory]
    [InlineData(0xdd)] // an array of 2^31 - 1 elements
    [InlineData(0xdb)] // a string of as many bytes
    [InlineData(0xc6)] // bytes
    public void Decode_LengthBeyondTheMessage_IsRefusedBeforeAnythingOfThatLengthIsMade(byte header)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(bytes);
        writer.WriteArrayHeader(3);
        writer.Write(MessageKinds.Protocol);
        writer.Write("join_generation");
        writer.WriteArrayHeader(4);
        writer.Write("w1");
        writer.Write(4);
        writer.WriteRaw((byte[])[header, 0x7f, 0xff, 0xff, 0xff]);
        writer.Flush();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<MessageFormatException>(() => MessageCodec.Decode(bytes.WrittenMemory));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [MemberData(nameof(ProtocolPageTests.Messages), MemberType = typeof(ProtocolPageTests))]
    public void Encode_OfAnExampleOfThePage_WritesItsBytes(string kind) =>
        Assert.Equal(
            Convert.ToHexStringLower(ProtocolPage.Sections[kind].Bytes),
            Convert.ToHexStringLower(Encode(ProtocolPageTests.Sample(kind))));

    [Fact]
    public void Encode_PutsMembersInTheOrderOfTheConstructor() =>
        Assert.Equal("""[2,"scale_run",["demo",3]]""", MessagePackSerializer.ConvertToJson(Encode(new ScaleRun("demo", 3))));

    [Fact]
    public void Samples_CoverEveryMessageOfCore()
    {
        var declared = typeof(Message).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Message)) && !t.IsAbstract)
            .ToHashSet();
        Assert.Equal(declared, MessageKinds.Types.ToHashSet());
        Assert.Equal(declared, MessageSamples.All.Select(m => m.GetType()).ToHashSet());
    }

    [Fact]
    public void Decode_WhatWasEncoded_GivesEveryMemberBack()
    {
        foreach (var message in MessageSamples.All)
        {
            var decoded = MessageCodec.Decode(Encode(message));
            Assert.Equal(message.GetType(), decoded.GetType());
            Assert.Equivalent(message, decoded, strict: true);
            Assert.Equal(Encode(message), Encode(decoded));
        }
    }

    [Fact]
    public void Members_AreAllParametersOfTheConstructor()
    {
        foreach (var type in MessageKinds.Types)
            Assert.Equal(type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(p => p.Name).Order(), ProtocolNotation.MembersOf(type).Select(p => p.Name).Order());
    }

    [Fact]
    public void Decode_CutShort_IsRefused()
    {
        foreach (var message in MessageSamples.All)
        {
            var bytes = Encode(message);
            for (var length = 0; length < bytes.Length; length++)
                Assert.Throws<MessageFormatException>(() => MessageCodec.Decode(bytes.AsMemory(0, length)));
        }
    }

    [Fact]
    public void Decode_DamagedAtRandom_IsAMessageOrRefusedAndNothingElse()
    {
        var random = new CounterRandom(1, RandomPurpose.Evaluation);
        var refused = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = Encode(MessageSamples.All[round % MessageSamples.All.Count]);
            for (var flips = 1 + random.Next(4); flips > 0; flips--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                MessageCodec.Decode(bytes);
            }
            catch (MessageFormatException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 1000, 20_000);
    }

    static byte[] Encode(Message message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        MessageCodec.Encode(message, buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
