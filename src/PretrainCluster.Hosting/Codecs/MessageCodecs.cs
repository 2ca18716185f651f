namespace PretrainCluster.Hosting.Codecs;

/// <summary>The codecs of this build: MessagePack's is among them where its package could be restored.</summary>
public static class MessageCodecs
{
    /// <summary>The one that links should use comes first.</summary>
    public static IReadOnlyList<IMessageCodec> All { get; } =
    [
#if MESSAGEPACK
        new MessagePackMessageCodec(),
#endif
        new JsonMessageCodec(),
    ];
}
