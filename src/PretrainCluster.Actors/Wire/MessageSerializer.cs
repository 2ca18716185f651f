using System.Buffers;
using System.Globalization;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Codecs;

namespace PretrainCluster.Actors.Wire;

/// <summary>
/// The project's messages between actors, as <see cref="MessagePackMessageCodec"/> writes them. The manifest is kind and protocol, e.g. "worker_ready/1";
/// no type is ever named, so no message can ask for one.
/// </summary>
public sealed class MessageSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Plans are the longest part of any message.</summary>
    const int MostBytes = 1 << 20;

    const string Introduction = "introduce";

    readonly MessagePackMessageCodec _codec = new();

    public override int Identifier => 7301;

    public override string Manifest(object o) => o switch
    {
        Message message => ManifestOf(MessageKinds.KindOf(message.GetType())),
        Introduce => ManifestOf(Introduction),
        _ => throw Unknown(o.GetType().Name),
    };

    public override byte[] ToBinary(object obj)
    {
        if (obj is Introduce)
            return [];
        var buffer = new ArrayBufferWriter<byte>();
        _codec.Encode(obj as Message ?? throw Unknown(obj.GetType().Name), buffer);
        return buffer.WrittenCount <= MostBytes
            ? buffer.WrittenSpan.ToArray()
            : throw new SerializationException($"a {obj.GetType().Name} of {buffer.WrittenCount} bytes: {MostBytes} is the most that a message may have");
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (bytes.Length > MostBytes)
            throw new SerializationException($"a message of {bytes.Length} bytes: {MostBytes} is the most");
        if (manifest == ManifestOf(Introduction) && bytes.Length == 0)
            return Introduce.Yourself;
        try
        {
            var message = _codec.Decode(bytes);
            return manifest == Manifest(message) ? message : throw Unknown(manifest);
        }
        catch (MessageFormatException refused)
        {
            throw new SerializationException(refused.Message, refused);
        }
    }

    static string ManifestOf(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}/{MessageKinds.Protocol}");

    static SerializationException Unknown(string what) => new($"{what} is no message of protocol {MessageKinds.Protocol}");
}
