using System.Runtime.InteropServices;

namespace PretrainCluster.LibTorch;

public enum TorchErrorKind
{
    Other,
    Index,
    NotImplemented,
    OutOfMemory,
}

/// <summary>An error that libtorch raised, with libtorch's message. It derives from what TorchSharp throws, so that one catch serves both engines.</summary>
public sealed class TorchException(string message, TorchErrorKind kind = TorchErrorKind.Other) : ExternalException(message)
{
    public TorchErrorKind Kind { get; } = kind;
}
