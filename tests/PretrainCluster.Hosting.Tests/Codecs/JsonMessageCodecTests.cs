using System.Text;
using PretrainCluster.Hosting.Codecs;

namespace PretrainCluster.Hosting.Tests.Codecs;

public sealed class JsonMessageCodecTests : MessageCodecConformance
{
    protected override IMessageCodec Codec { get; } = new JsonMessageCodec();

    [Theory]
    [InlineData("""{"protocol":2,"kind":"pause_run","body":{"run":"demo"}}""", "protocol 2")]
    [InlineData("""{"protocol":1,"kind":"explode","body":{}}""", "explode")]
    [InlineData("""{"kind":"pause_run","protocol":1,"body":{"run":"demo"}}""", "protocol")]
    [InlineData("""{"protocol":1,"kind":"pause_run","body":{}}""", "run")]
    [InlineData("""{"protocol":1,"kind":"pause_run","body":{"run":null}}""", "null")]
    [InlineData("""{"protocol":1,"kind":"pause_run","body":{"run":"demo","now":true}}""", "now")]
    [InlineData("""{"protocol":1,"kind":"pause_run","body":null}""", "body")]
    [InlineData("""{"protocol":1,"kind":"pause_run","body":{"run":"demo"}} {}""", "no message")]
    [InlineData("[]", "StartObject")]
    [InlineData("", "no message")]
    public void Decode_ForeignBytes_SaysWhatIsWrong(string text, string expected)
    {
        var refused = Assert.Throws<MessageFormatException>(() => Codec.Decode(Encoding.UTF8.GetBytes(text)));
        Assert.Contains(expected, refused.Message, StringComparison.OrdinalIgnoreCase);
    }
}
