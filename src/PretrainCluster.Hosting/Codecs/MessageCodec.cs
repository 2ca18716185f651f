using System.Buffers;
using MessagePack;

namespace PretrainCluster.Hosting.Codecs;

/// <summary>
/// A message as the array <c>[protocol, kind, body]</c> in MessagePack; the body is an array of the members in the
/// order of the constructor's parameters. What a peer does not know is refused by name and not misread.
/// </summary>
public static class MessageCodec
{
    static readonly MessagePackSerializerOptions s_options = MessagePackSerializerOptions.Standard
        .WithResolver(MessagePackContracts.Resolver)
        .WithSecurity(MessagePackSecurity.UntrustedData);

    public static void Encode(Message message, IBufferWriter<byte> to)
    {
        var writer = new MessagePackWriter(to);
        writer.WriteArrayHeader(3);
        writer.Write(MessageKinds.Protocol);
        writer.Write(MessageKinds.KindOf(message.GetType()));
        MessagePackSerializer.Serialize(message.GetType(), ref writer, message, s_options);
        writer.Flush();
    }

    /// <param name="bytes">one whole message</param>
    /// <exception cref="MessageFormatException">Another version, an unknown kind, or bytes that are no such message;
    /// says which.</exception>
    public static Message Decode(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var reader = new MessagePackReader(bytes);
            if (reader.ReadArrayHeader() != 3)
                throw new MessageFormatException("bytes that are no message: protocol, kind and body are not there");
            MessageKinds.CheckProtocol(reader.ReadInt32());
            var type = MessageKinds.TypeOf(reader.ReadString() ?? "");
            var message = (Message?)MessagePackSerializer.Deserialize(type, ref reader, s_options) ?? throw new MessageFormatException("a message without a body");
            return reader.End ? message : throw new MessageFormatException("bytes behind a message's end");
        }
        catch (Exception failure) when (failure is MessagePackSerializationException or EndOfStreamException or OverflowException or ArgumentException)
        {
            throw new MessageFormatException($"bytes that are no message: {failure.GetBaseException().Message}", failure);
        }
    }
}

/// <summary>A peer sent what this version cannot read. The link that brought it is closed.</summary>
public sealed class MessageFormatException(string reason, Exception? inner = null) : Exception(reason, inner);
