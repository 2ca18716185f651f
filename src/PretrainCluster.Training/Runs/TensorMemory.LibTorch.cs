namespace PretrainCluster.Training.Runs;

/// <summary>What tensors take of the host's memory, where the engine counts it.</summary>
static class TensorMemory
{
    /// <summary>Whether anybody counts.</summary>
    public static bool Counts => torch.CountsMemory;

    /// <summary>Bytes in tensors.</summary>
    public static long Used => torch.UsedMemory;

    /// <summary>What the process holds for tensors that take so much at their highest: the engine keeps blocks for the next ones, up to an eighth beyond what was used at once (native/allocator.cpp).</summary>
    public static double Held(double highest) => highest + Math.Max(highest / 8, 64 << 20);

    /// <summary>The most bytes in tensors since this was asked before.</summary>
    public static long TakeHighest() => torch.TakeHighestMemory();

    /// <summary>Hands back what is kept for the next tensors, where these will have other sizes.</summary>
    public static void Release() => torch.ReleaseKeptMemory();
}
