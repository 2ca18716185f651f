using System.Buffers;
using MessagePack;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Codecs;

namespace PretrainCluster.Hosting.Tests.Codecs;

public sealed class MessagePackMessageCodecTests : MessageCodecConformance
{
    protected override IMessageCodec Codec { get; } = new MessagePackMessageCodec();

    public static TheoryData<string, string> Foreign { get; } = new()
    {
        { """[2,"pause_run",["demo"]]""", "protocol 2" },
        { """[1,"explode",[]]""", "explode" },
        { """["pause_run",1,["demo"]]""", "no message" },
        { """[1,"pause_run",[]]""", "1 members, not 0" },
        { """[1,"pause_run",["demo",true]]""", "1 members, not 2" },
        { """[1,"pause_run",[null]]""", "PauseRun.Run must not be null" },
        { """[1,"pause_run",null]""", "without a body" },
        { """[1,"pause_run",{"run":"demo"}]""", "no message" },
        { """[1,"worker_ended",["w1",3,99,480,"",null]]""", "99 is no WorkerOutcome" },
        { """[1,"node_announced",["local",1,[null],[],null]]""", "NodeAnnounced.Slots must not be null" },
        { """[1,"node_announced",["local",1,[["cpu:0","cpu"]],[],null]]""", "DeviceSlot has 3 members, not 2" },
        { """[1,"pause_run"]""", "no message" },
        { "{}", "no message" },
    };

    [Theory]
    [MemberData(nameof(Foreign))]
    public void Decode_ForeignBytes_SaysWhatIsWrong(string json, string expected)
    {
        var refused = Assert.Throws<MessageFormatException>(() => Codec.Decode(MessagePackSerializer.ConvertFromJson(json)));
        Assert.Contains(expected, refused.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Decode_BytesBehindTheEnd_IsRefused() =>
        Assert.Throws<MessageFormatException>(() => Codec.Decode((byte[])[.. Encode(new PauseRun("demo")), 0]));

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
        Assert.Throws<MessageFormatException>(() => Codec.Decode(bytes.WrittenMemory));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [MemberData(nameof(ProtocolPageTests.Messages), MemberType = typeof(ProtocolPageTests))]
    public void Encode_OfAnExampleOfThePage_WritesItsBytes(string kind) =>
        Assert.Equal(Convert.ToHexStringLower(ProtocolPage.Sections[kind].Bytes), Convert.ToHexStringLower(Encode(ProtocolPageTests.Sample(kind))));

    [Fact]
    public void Encode_PutsMembersInTheOrderOfTheirAttributes() =>
        Assert.Equal("""[1,"scale_run",["demo",3]]""", MessagePackSerializer.ConvertToJson(Encode(new ScaleRun("demo", 3))));
}
