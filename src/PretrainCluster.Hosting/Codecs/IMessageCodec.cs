using System.Buffers;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Hosting.Codecs;

/// <summary>
/// Messages as bytes: an envelope of protocol version and kind around each, so that what a peer does not know is refused by name and not misread.
/// Codecs keep no state; one object may serve all links at once.
/// </summary>
public interface IMessageCodec
{
    /// <summary>What both ends of a link call it when they greet each other.</summary>
    string Name { get; }

    void Encode(Message message, IBufferWriter<byte> to);

    /// <param name="bytes">one whole message</param>
    /// <exception cref="MessageFormatException">Another version, an unknown kind, or bytes that are no such message; says which.</exception>
    Message Decode(ReadOnlyMemory<byte> bytes);
}
