using PretrainCluster.Core.Sampling;

namespace PretrainCluster.Core.Tests.Sampling;

public class SamplingOrderTests
{
    [Theory]
    [InlineData(100, 8, 4, 7)]
    [InlineData(13, 4, 2, 5)]
    [InlineData(5, 12, 3, 9)]
    [InlineData(1, 2, 1, 6)]
    public void OfStep_WholeRun_UsesEverySampleOfEveryEpochOnceButTheTail(int samples, int batch, int microBatches, int epochs)
    {
        var order = new SamplingOrder(3, samples, batch, microBatches, dropLast: false);
        var steps = order.TotalSteps(epochs);
        var used = Enumerable.Range(0, (int)steps).SelectMany(step => order.OfStep(step)).ToList();

        Assert.Equal(samples * epochs / batch, steps);
        Assert.Equal(used.Count, used.Distinct().Count());
        var tail = samples * epochs - used.Count;
        Assert.InRange(tail, 0, batch - 1);
        foreach (var epoch in used.GroupBy(sample => sample.Epoch).Where(epoch => (epoch.Key + 1) * samples <= used.Count))
            Assert.Equal(Enumerable.Range(0, samples).Select(sample => (long)sample), epoch.Select(sample => sample.Sample).Order());
        Assert.Equal(used.Select(sample => sample.Epoch).Order(), used.Select(sample => sample.Epoch));
    }

    [Fact]
    public void OfStep_WithDropLast_NeverSpansEpochsAndUsesNoSampleTwice()
    {
        var order = new SamplingOrder(3, samples: 103, batch: 10, microBatches: 5, dropLast: true);

        Assert.Equal(100, order.SamplesPerEpoch);
        Assert.Equal(30, order.TotalSteps(3));
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var used = Enumerable.Range(epoch * 10, 10).SelectMany(step => order.OfStep(step)).ToList();
            Assert.All(used, sample => Assert.Equal(epoch, sample.Epoch));
            Assert.Equal(100, used.Select(sample => sample.Sample).Distinct().Count());
        }
    }

    [Fact]
    public void OfMicroBatch_InOrder_MakesUpTheStep()
    {
        var order = new SamplingOrder(3, samples: 10, batch: 12, microBatches: 3, dropLast: false);

        Assert.Equal(order.OfStep(7), Enumerable.Range(0, 3).SelectMany(microBatch => order.OfMicroBatch(7, microBatch)));
    }

    [Fact]
    public void OfStep_AnyOrderOfAsking_AnswersTheSame()
    {
        var forward = new SamplingOrder(3, samples: 50, batch: 8, microBatches: 1, dropLast: false);
        var backward = new SamplingOrder(3, samples: 50, batch: 8, microBatches: 1, dropLast: false);
        var expected = Enumerable.Range(0, 40).Select(step => forward.OfStep(step)).ToList();

        Assert.Equal(expected, Enumerable.Range(0, 40).Reverse().Select(step => backward.OfStep(step)).Reverse());
        Assert.Equal(expected, Enumerable.Range(0, 40).AsParallel().AsOrdered().Select(step => backward.OfStep(step)));
    }

    [Fact]
    public void At_OtherSeedOrEpoch_IsAnotherOrder()
    {
        long[] First(ulong seed, int epoch) => [.. Enumerable.Range(0, 100).Select(i => new SamplingOrder(seed, 100, 1, 1, false).At(epoch * 100 + i).Sample)];

        Assert.NotEqual(First(1, 0), First(2, 0));
        Assert.NotEqual(First(1, 0), First(1, 1));
        Assert.Equal(First(1, 1), First(1, 1));
    }

    [Fact]
    public void OfStep_ForThisVersion_IsWhatEarlierRunsUsed() =>
        Assert.Equal([532L, 450L, 187L, 11L, 168L], new SamplingOrder(1, 1000, 8, 4, true).OfStep(124).Take(5).Select(sample => sample.Sample));

    [Fact]
    public void Construction_PublishedRecipe_HasItsNumberOfSteps() =>
        Assert.Equal(125_200, new SamplingOrder(0, 40_091, 128, 4, dropLast: true).TotalSteps(400));

    [Fact]
    public void Construction_NothingToTrainOn_SaysWhatToChange()
    {
        Assert.Contains("empty", Assert.Throws<InputException>(() => new SamplingOrder(0, 0, 4, 2, false)).Message);
        Assert.Contains("training.batch.clips", Assert.Throws<InputException>(() => new SamplingOrder(0, 3, 4, 2, true)).Message);
        Assert.Contains("training.epochs", Assert.Throws<InputException>(() => new SamplingOrder(0, 3, 4, 2, false).TotalSteps(1)).Message);
    }

    [Fact]
    public void Epochs_HalfWay_IsAFraction() => Assert.Equal(1.5, new SamplingOrder(0, 100, 10, 1, false).Epochs(15));
}
