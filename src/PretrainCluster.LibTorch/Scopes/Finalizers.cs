namespace PretrainCluster.LibTorch;

/// <summary>Keeps finalizers waiting where an engine's objects may be finalized while libtorch reads them. This engine's may not.</summary>
public static class Finalizers
{
    /// <returns>null: there is nothing to let go of</returns>
    public static IDisposable? Hold() => null;
}
