using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Tests.Evaluation.Protocols;

public sealed class PublishedLinearTests
{
    readonly LanePool _lanes = new(1);

    public static TheoryData<string> Names => [PublishedLinear.SkeletonContrast.Name, PublishedLinear.CrosSclr.Name];

    [Theory, MemberData(nameof(Names))]
    public void Evaluate_SeparableClasses_LearnsThem(string name)
    {
        var outcome = EvaluationProtocols.Find(name).Evaluate(new SyntheticFeatures(6, 30, separation: 4).Input(_lanes, 6, 1), default);
        Assert.Equal(["best test epoch", "last epoch"], outcome.Measurements.Select(m => m.Name));
        Assert.All(outcome.Measurements, figure => Assert.Equal(100, figure.Mean));
    }

    [Theory, MemberData(nameof(Names))]
    public void Evaluate_Noise_BestEpochIsAboveTheLast(string name)
    {
        var outcome = EvaluationProtocols.Find(name).Evaluate(new SyntheticFeatures(5, 40, separation: 0.1).Input(_lanes, 5, 1, 2, 3), default);
        Assert.True(outcome.Measurements[0].Mean > outcome.Measurements[1].Mean);
    }

    [Fact]
    public void Evaluate_SkeletonContrast_NewCropsInEveryEpoch()
    {
        var source = new SyntheticFeatures(3, 10, separation: 2);
        PublishedLinear.SkeletonContrast.Evaluate(source.Input(_lanes, 3, 1), default);
        Assert.Equal(81, source.ViewsAskedFor.Count);
        Assert.All(source.ViewsAskedFor, view =>
        {
            Assert.Equal((0.5, 1.0, 64, 0.95), (view.Crop.Min, view.Crop.Max, view.Crop.MinFrames, view.Crop.Evaluation));
            Assert.Empty(view.Augment);
        });
    }

    [Fact]
    public void Evaluate_CrosSclr_WholeClipsEncodedOnce()
    {
        var source = new SyntheticFeatures(3, 10, separation: 2);
        PublishedLinear.CrosSclr.Evaluate(source.Input(_lanes, 3, 1, 2), default);
        Assert.Equal(2, source.ViewsAskedFor.Count);
        Assert.All(source.ViewsAskedFor, view => Assert.Equal((1.0, 1.0, 1.0), (view.Crop.Min, view.Crop.Max, view.Crop.Evaluation)));
    }
}
