using System.Buffers;
using System.Runtime.Serialization;
using Akka.Configuration;
using Akka.Serialization;
using MessagePack;
using PretrainCluster.Hosting.Codecs;

namespace PretrainCluster.Actors.Wire;

/// <summary>
/// The only serializer of the project's own: messages as <see cref="MessageCodec"/> writes them, and a user's request
/// as the array
/// <c>[name, role, message]</c>. No type is ever named, so no message can ask for one.
/// </summary>
public sealed class MessageSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>
    /// Of a whole message: a plan, or the status of all runs and workers. Below the frame size of
    /// cluster/pretrain.conf.
    /// </summary>
    public const int MostBytes = (4 << 20) - (16 << 10);

    internal const string MessageManifest = "message/2", AskedManifest = "asked/2";
    const int MostName = 256;

    public override int Identifier => 7301;

    public override string Manifest(object o) => o switch
    {
        Message => MessageManifest,
        Asked => AskedManifest,
        _ => throw Unknown(o.GetType().Name),
    };

    public override byte[] ToBinary(object obj)
    {
        var buffer = new ArrayBufferWriter<byte>();
        if (obj is Asked asked)
        {
            var writer = new MessagePackWriter(buffer);
            writer.WriteArrayHeader(3);
            writer.Write(asked.User.Name);
            writer.Write((int)asked.User.Role);
            writer.Flush();
        }
        MessageCodec.Encode(obj as Message ?? (obj as Asked)?.Request ?? throw Unknown(obj.GetType().Name), buffer);
        return buffer.WrittenCount <= MostBytes ? buffer.WrittenSpan.ToArray()
            : throw new SerializationException($"a message of {buffer.WrittenCount} bytes: {MostBytes} is the most");
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (bytes.Length > MostBytes)
            throw new SerializationException($"a message of {bytes.Length} bytes: {MostBytes} is the most");
        try
        {
            return manifest switch
            {
                MessageManifest => MessageCodec.Decode(bytes),
                AskedManifest => ReadAsked(bytes),
                _ => throw Unknown(manifest),
            };
        }
        catch (Exception malformed) when (
            malformed is MessageFormatException or MessagePackSerializationException or EndOfStreamException or OverflowException)
        {
            throw new SerializationException(malformed.Message, malformed);
        }
    }

    /// <summary>Whether a message may travel.</summary>
    internal static bool Fits(Message message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        MessageCodec.Encode(message, buffer);
        return buffer.WrittenCount <= MostBytes;
    }

    static Asked ReadAsked(byte[] bytes)
    {
        var reader = new MessagePackReader(bytes);
        if (reader.ReadArrayHeader() != 3)
            throw new MessageFormatException("bytes that are no request of a user");
        // Looked at before the string is made.
        var length = reader.CreatePeekReader().ReadStringSequence()?.Length ?? 0;
        if (length is 0 or > MostName)
            throw new MessageFormatException("a request of a user without a name");
        var (name, role) = (reader.ReadString()!, (Role)reader.ReadInt32());
        return Enum.IsDefined(role) && MessageCodec.Decode(bytes.AsMemory((int)reader.Consumed)) is UserRequest request
            ? new Asked(new User(name, role), request)
            : throw new MessageFormatException("bytes that are no request of a user");
    }

    static SerializationException Unknown(string what) => new($"{what} is no message of this cluster");
}

/// <summary>Stands where Akka's own fallback would: what neither the project nor Akka itself has a serializer for does not travel, in either direction.</summary>
/// <param name="settings">of the one in whose place it stands</param>
#pragma warning disable CS9113 // Akka hands it over all the same.
public sealed class RefusingSerializer(ExtendedActorSystem system, Config settings) : Serializer(system)
#pragma warning restore CS9113
{
    public override int Identifier => 7302;

    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj) => throw new SerializationException($"{obj.GetType()} is no message of this cluster");

    public override object FromBinary(byte[] bytes, Type type) => throw new SerializationException("a message of a serializer that this cluster does not use");
}

/// <summary>
/// A user's request on its way from the node that took it to the coordinator. The node has read the user's name and
/// role from the certificate.
/// </summary>
public sealed record Asked(User User, UserRequest Request);
