using System.Runtime.CompilerServices;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;

namespace PretrainCluster.Training.Tests.Steps;

/// <summary>TorchSharp's finalizers free numbers that libtorch still reads (PretrainCluster.TorchSharp/Finalizers.cs), so they wait not only while a step is computed.</summary>
public sealed class FinalizersTests
{
    [Fact]
    public void Objective_WhileItIsMade_KeepsFinalizersWaiting()
    {
        var (finalized, meanwhile) = (new ManualResetEventSlim(), true);
        using (ObjectiveFactory.Create(new NearestNeighbourContrast.Settings { Queue = 20 }, new SkeletonTransformer.Settings { Width = 12, Depth = 1, Heads = 2 }, new ClipShape(1, 8, 4), seed: 3, prepare: _ =>
        {
            Abandon(finalized);
            GC.Collect();
            meanwhile = finalized.Wait(100);
        }))
        {
            Assert.False(meanwhile);
            Assert.True(finalized.Wait(TimeSpan.FromSeconds(30)));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Abandon(ManualResetEventSlim finalized) => _ = new Abandoned(finalized);

    sealed class Abandoned(ManualResetEventSlim finalized)
    {
        ~Abandoned() => finalized.Set();
    }
}
