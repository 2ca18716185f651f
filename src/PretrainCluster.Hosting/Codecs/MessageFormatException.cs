namespace PretrainCluster.Hosting.Codecs;

/// <summary>A peer sent what this version cannot read. The link that brought it is closed.</summary>
public sealed class MessageFormatException(string reason, Exception? inner = null) : Exception(reason, inner);
