using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Tests;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Steps;
using PretrainCluster.Training.Tests.Exchange;

namespace PretrainCluster.Training.Tests.Steps;

/// <summary>
/// What a step computes does not depend on how many members share it, nor on how many micro-batches each computes at a
/// time.
/// </summary>
public sealed class WorldSizeTests : IDisposable
{
    // Enough that a queue of 40 keys is written over from its start.
    const int Steps = 3;

    readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [MemberData(nameof(CoupledPlans.EveryObjective), MemberType = typeof(CoupledPlans))]
    [MemberData(nameof(TinyKinds.Encoders), MemberType = typeof(TinyKinds))]
    [InlineData(CoupledPlans.Nnclr)]
    [InlineData(CoupledPlans.Nnclr, CoupledPlans.StGcn)]
    [InlineData(CoupledPlans.Moco, CoupledPlans.BiGru)]
    [InlineData(CoupledPlans.Nnclr, CoupledPlans.BiGru)]
    [InlineData(CoupledPlans.Nnclr, CoupledPlans.Hcn)]
    [InlineData(CoupledPlans.UpperHalf, CoupledPlans.Layered)]
    [InlineData(CoupledPlans.Stars, CoupledPlans.Dropping)]
    [InlineData(CoupledPlans.Moco, CoupledPlans.StGcn, CoupledPlans.UpperHalf)]
    [InlineData(CoupledPlans.Nnclr, CoupledPlans.Dropping, CoupledPlans.UpperHalf, CoupledPlans.Layered)]
    [InlineData(CoupledPlans.Nnclr, CoupledPlans.Dropping, CoupledPlans.HeadAlone)]
    [InlineData(CoupledPlans.Moco, CoupledPlans.BiGru, CoupledPlans.HeadAlone)]
    public void Step_AnyNumberOfMembersAndLanes_SameBitsEverywhere(params string[] settings)
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var plan = CoupledPlans.Of(_tiny, settings);
        using var alone = new SoloExchange(generation: 1);
        var expected = CoupledPlans.Train(plan, dataset, alone, Steps);

        // Members with less memory keep fewer graphs, or none, and compute these micro-batches twice.
        // Of seven micro-batches, two members have one for each of four lanes, three for each of three, five for each of two.
        foreach (var (worldSize, lanes, graphs) in new (int, int, int?)[] { (2, 4, 0), (3, 3, 1), (5, 2, null) })
        {
            var states = ThreadedWorld.Run(worldSize,
                exchange => CoupledPlans.Train(plan, dataset, exchange, Steps, graphs, lanes));
            Assert.All(states, state => Assert.Equal(expected, state));
        }
    }

    [Fact]
    public void Step_OneMemberAsksForABoundary_AllHearIt()
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        foreach (var objective in new[] { "seed=1", CoupledPlans.Moco, CoupledPlans.Nnclr })
        {
            var plan = CoupledPlans.Of(_tiny, objective);
            var heard = ThreadedWorld.Run(3, exchange => Boundaries(plan, dataset, exchange, askingRank: 1, askingStep: 2));
            Assert.All(heard, steps => Assert.Equal([false, false, true, false], steps));
        }
    }

    static bool[] Boundaries(Plan plan, SkeletonDataset dataset, IExchange exchange, int askingRank, int askingStep)
    {
        var set = new TrainingSet(plan, dataset);
        var at = 0;
        using var trainer = new Trainer(plan, set.Clip, lanes: 1, torch.device("cpu")) { WantsBoundary = () => exchange.Rank == askingRank && at == askingStep };
        var (start, end) = Core.Summation.Shares.Of(exchange.Rank, exchange.WorldSize, plan.Training.Batch.MicroBatches);
        using var loader = set.LoadFrom(0, start, end);
        var heard = new bool[4];
        for (; at < heard.Length; at++)
            heard[at] = trainer.Step(loader.Next(), 0, exchange).Boundary;
        return heard;
    }
}
