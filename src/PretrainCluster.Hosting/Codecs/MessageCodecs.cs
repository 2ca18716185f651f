namespace PretrainCluster.Hosting.Codecs;

/// <summary>The codecs that links may speak.</summary>
public static class MessageCodecs
{
    /// <summary>The one that links should use comes first.</summary>
    public static IReadOnlyList<IMessageCodec> All { get; } = [new MessagePackMessageCodec(), new JsonMessageCodec()];
}
