namespace PretrainCluster.Learning.Tests;

/// <summary>What earlier tests left to the finalizers.</summary>
static class Garbage
{
    public static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
