namespace PretrainCluster.LibTorch;

public static partial class torch
{
    /// <summary>A scope that owns every tensor this thread makes until it is disposed.</summary>
    public static DisposeScope NewDisposeScope() => new();
}
