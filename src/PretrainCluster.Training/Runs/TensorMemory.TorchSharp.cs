namespace PretrainCluster.Training.Runs;

/// <summary>TorchSharp does not count what its tensors take.</summary>
static class TensorMemory
{
    public static bool Counts => false;

    public static long Used => 0;

    public static double Held(double highest) => highest;

    public static long TakeHighest() => 0;

    /// <summary>Nothing is kept (docs/tensor-engine.md).</summary>
    public static void Release()
    {
    }
}
