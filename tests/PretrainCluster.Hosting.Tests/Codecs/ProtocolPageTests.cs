using System.Text;
using System.Text.RegularExpressions;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Codecs;
using PretrainCluster.Hosting.Ledgers;
using PretrainCluster.Hosting.Links;

namespace PretrainCluster.Hosting.Tests.Codecs;

/// <summary>docs/protocol.md says what the records are, and its examples say in another language what it says they do.</summary>
public sealed partial class ProtocolPageTests
{
    public static TheoryData<string> Messages { get; } = new(MessageSamples.All.Select(m => MessageKinds.KindOf(m.GetType())));

    public static TheoryData<string> Parts { get; } = new(MessageKinds.Types.SelectMany(ProtocolNotation.PartsOf).Distinct().Where(t => !IsMessage(t)).Select(ProtocolNotation.NameOf));

    [Theory]
    [MemberData(nameof(Messages))]
    public void Table_OfAMessage_HasItsMembersInOrder(string kind) => HasMembers(MessageKinds.TypeOf(kind));

    [Theory]
    [MemberData(nameof(Parts))]
    public void Table_OfAPartOrAChoice_HasWhatItIsMadeOf(string name)
    {
        var type = MessageKinds.Types.SelectMany(ProtocolNotation.PartsOf).First(t => ProtocolNotation.NameOf(t) == name);
        if (type.IsEnum)
            Assert.Equal(Enum.GetNames(type), ProtocolPage.Sections[name].Members.Select(m => m.Name));
        else
            HasMembers(type);
    }

    [Fact]
    public void Page_HasNoMessageAndNoPartThatDoesNotExist() =>
        Assert.Equal(MessageKinds.Types.SelectMany(t => ProtocolNotation.PartsOf(t).Prepend(t)).Select(ProtocolNotation.NameOf).Distinct().Order(), ProtocolPage.Sections.Keys.Order());

    [Theory]
    [MemberData(nameof(Messages))]
    public void Value_OfAnExample_IsTheSamples(string kind) => Assert.Equal(ProtocolNotation.Of(Sample(kind)), ProtocolPage.Sections[kind].Value);

    [MessagePackFromNpmFact]
    public void Bytes_OfEveryExample_DecodeInAnotherLanguageToItsValue()
    {
        var examples = ProtocolPage.Messages.ToList();
        Assert.Equal(examples.Select(e => e.Value), MessagePackFromNpm.Decode(examples.Select(e => e.Bytes)));
    }

    [Fact]
    public void Frame_OfTheExample_IsWhatAFrameStreamWrites()
    {
        var message = ProtocolPage.Sections["scale_run"].Bytes;
        using var stream = new MemoryStream();
        new FrameStream(stream).Write(message);

        var frame = Frame().Match(ProtocolPage.Text);
        Assert.Equal(stream.ToArray(), Convert.FromHexString(frame.Groups[1].Value + frame.Groups[2].Value));
    }

    [Fact]
    public void Greeting_OfThePage_IsOneAndItsLedgerEntryIsOne()
    {
        var greeting = Greeting.Read(Encoding.UTF8.GetBytes(GreetingLine().Match(ProtocolPage.Text).Value));
        var entry = LedgerJson.Decode(Encoding.UTF8.GetBytes(JsonEntry().Match(ProtocolPage.Text).Groups[1].Value));

        Assert.Equal((MessageKinds.Protocol, LinkRole.Worker, "demo"), (greeting.Protocol, greeting.Role, greeting.Run));
        Assert.Equal(Sample("run_paused"), entry);
    }

    [Fact]
    public void Bounds_OfThePage_AreThoseOfTheCode()
    {
        Assert.Contains($"a frame of {FrameStream.MaxMessageBytes >> 20} MiB; the greeting and its answer {Greeting.MaxBytes} bytes", ProtocolPage.Text);
        Assert.Contains($"| protocol | integer | {MessageKinds.Protocol}. ", ProtocolPage.Text);
    }

    internal static Message Sample(string kind) => MessageSamples.All.Single(m => MessageKinds.KindOf(m.GetType()) == kind);

    static bool IsMessage(Type type) => type.IsSubclassOf(typeof(Message));

    static void HasMembers(Type type) =>
        Assert.Equal(ProtocolNotation.MembersOf(type).Select(m => (ProtocolNotation.Snake(m.Name), ProtocolNotation.TypeOf(m))), ProtocolPage.Sections[ProtocolNotation.NameOf(type)].Members);

    [GeneratedRegex(@"length and message:\s+([0-9a-f]{8})\s+([0-9a-f]+)")]
    private static partial Regex Frame();

    [GeneratedRegex("""\{"protocol":2,"role":.*\}""")]
    private static partial Regex GreetingLine();

    [GeneratedRegex("""`(\{"protocol":1,"kind":"run_paused".*\})`""")]
    private static partial Regex JsonEntry();
}
