using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Lanes;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Tests.Evaluation.Features;

namespace PretrainCluster.Learning.Tests.Evaluation;

public sealed class NeighbourMonitorTests
{
    /// <summary>Votes by hand at temperature 1: class 2 has e^0.9 = 2.46, class 0 has e^0.5 + e^0.4 = 3.14; at 0.1 class 2 has e^9 = 8103 against e^5 + e^4 = 203.</summary>
    [Theory]
    [InlineData(1.0, 3, 0)]
    [InlineData(0.1, 3, 2)]
    [InlineData(1.0, 1, 2)]
    [InlineData(0.001, 3, 2)]
    public void WeightedVote_ThreeNeighbours_AsByHand(double temperature, int voters, int expected)
        => Assert.Equal(expected, WeightedVote.Of([5, 1, 0], [0.9f, 0.5f, 0.4f], [0, 0, 1, 1, 1, 2], voters, temperature));

    [Fact]
    public void WeightedVote_EqualVotes_GoToTheSmallestClass()
        => Assert.Equal(1, WeightedVote.Of([0, 1], [0.5f, 0.5f], [3, 1], 2, 0.1));

    [Fact]
    public void Measure_TrainingSideOnly_SubjectsApartAndNoHeldOutClass()
    {
        using var small = new SmallDataset(classes: 4, subjects: 8, repetitions: 4);
        var plan = Plan(new() { EveryEpochs = 1, Neighbours = [5, 20, 1000] }, heldOut: [3]);
        var monitor = new NeighbourMonitor(plan, small.Dataset);
        // 4 training subjects, 3 classes, 4 clips each: a fold is one subject.
        Assert.Contains("12 training clips among 36 others, 4 folds of the 4 training subjects", monitor.Description, StringComparison.Ordinal);
        using var encoder = EncoderFactory.Create(plan.Encoder, ClipShape.Of(small.Dataset, plan.View.Frames), 1);
        encoder.eval();
        using var one = new LanePool(1);
        using var two = new LanePool(2);
        var measured = monitor.Measure(encoder, CPU, one);
        Assert.Equal([5, 20], measured.Select(value => value.Neighbours));
        Assert.All(measured, value => Assert.InRange(value.Accuracy, 20, 100));
        Assert.Equal(measured, monitor.Measure(encoder, CPU, two));
    }

    [Fact]
    public void Measure_FewerClipsAskedFor_TakesThatManyBySeed()
    {
        using var small = new SmallDataset(classes: 4, subjects: 8, repetitions: 4);
        Assert.Contains("20 training clips", Total(new NeighbourMonitor(Plan(new() { EveryEpochs = 1, Clips = 20 }, []), small.Dataset)), StringComparison.Ordinal);

        static string Total(NeighbourMonitor monitor)
        {
            var numbers = monitor.Description.Split(' ').Where(word => int.TryParse(word, out _)).Select(int.Parse).ToArray();
            return $"{numbers[0] + numbers[1]} training clips";
        }
    }

    static Plan Plan(MonitorPlan monitor, IReadOnlyList<int> heldOut) => new()
    {
        Name = "monitored",
        Data = new() { Dataset = "data", Split = "xsub", HoldOutClasses = heldOut },
        View = new() { Frames = 16 },
        Encoder = new SkeletonTransformer.Settings { Width = 16, Depth = 1, Heads = 2 },
        Objective = new MaskedCoordinates.Settings(),
        Training = new() { Epochs = 1, Batch = new() { Clips = 4 } },
        Evaluation = new() { Monitor = monitor },
    };
}
