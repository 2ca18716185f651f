using System.Runtime.CompilerServices;

namespace PretrainCluster.Learning.Tests;

/// <summary>Tests compute outside of lanes too, so here finalizers wait for good.</summary>
static class Garbage
{
#pragma warning disable CA2255 // Before the first tensor of any test.
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void Keep() => _ = Finalizers.Hold();

    /// <summary>Nothing is finalized, so there is nothing to wait for.</summary>
    public static void Collect()
    {
    }
}
