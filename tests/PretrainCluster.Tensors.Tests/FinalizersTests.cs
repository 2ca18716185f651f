using System.Runtime.CompilerServices;

namespace PretrainCluster.Tensors.Tests;

public sealed class FinalizersTests
{
    [Fact]
    public void Hold_WhileAnyIsOut_KeepsFinalizersWaiting()
    {
        var finalized = new ManualResetEventSlim();
        using (Finalizers.Hold())
        {
            using (Finalizers.Hold())
                Abandon(finalized);
            GC.Collect();
            Assert.False(finalized.Wait(100));
        }
        Assert.True(finalized.Wait(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Hold_OverOperators_TheirNumbersStayWhatTheyAre()
    {
        var done = false;
        var collecting = Task.Run(() =>
        {
            while (!Volatile.Read(ref done))
                GC.Collect(0);
        });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var round = 0; round < 20; round++)
            {
                using var held = Finalizers.Hold();
                using var scope = NewDisposeScope();
                var sum = zeros(1, dtype: ScalarType.Int64);
                for (var i = 0; i < 1000; i++)
                    sum.add_(3);
                Assert.Equal(3000, sum.item<long>());
            }
        })));
        Volatile.Write(ref done, true);
        await collecting;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Abandon(ManualResetEventSlim finalized) => _ = new Abandoned(finalized);

    sealed class Abandoned(ManualResetEventSlim finalized)
    {
        ~Abandoned() => finalized.Set();
    }
}
