using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Tests.Evaluation.Protocols;

public sealed class PublishedLinearTests
{
    readonly LanePool _lanes = new(1);

    public static TheoryData<string> Names =>
        [.. Methods.BuiltIn.Of(typeof(ProtocolPlan)).Where(kind => kind.Settings.IsSubclassOf(typeof(PublishedLinear))).Select(kind => kind.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Evaluate_SeparableClasses_LearnsThem(string name)
    {
        var outcome = EvaluationProtocol.Find(Methods.BuiltIn, name).Evaluate(new SyntheticFeatures(6, 30, separation: 4).Input(_lanes, 6, 1), default);
        Assert.Equal(["best test epoch", "last epoch"], outcome.Measurements.Select(m => m.Name));
        Assert.All(outcome.Measurements, figure => Assert.Equal(100, figure.Mean));
    }

    [Theory, MemberData(nameof(Names))]
    public void Evaluate_Noise_BestEpochIsAboveTheLast(string name)
    {
        var outcome = EvaluationProtocol.Find(Methods.BuiltIn, name).Evaluate(new SyntheticFeatures(5, 40, separation: 0.1).Input(_lanes, 5, 1, 2, 3), default);
        Assert.True(outcome.Measurements[0].Mean > outcome.Measurements[1].Mean);
    }

    [Theory]
    [InlineData("linear/skeleton-contrast-2021", "SGD lr 0.1 x 0.1 after 50 and 70 of 80 epochs, momentum 0.9, batch 30; train views: random crop [0.5, 1], new each epoch; test view: centred crop 0.95; tested every epoch")]
    [InlineData("linear/crosclr-2021", "SGD lr 3 x 0.1 after 80 of 100 epochs, momentum 0.9, batch 30; whole clips; tested every 5 epochs")]
    [InlineData("linear/hico-2023", "SGD lr 2 x 0.1 after 50 and 70 of 80 epochs, momentum 0.9, batch 30; train views: random crop [0.5, 1], new each epoch; test view: centred crop 0.95; tested every epoch")]
    [InlineData("linear/umurl-2023", "SGD lr 0.03 x 0.1 after 120 and 140 of 150 epochs, momentum 0.9, batch 30; whole clips; tested every 5 epochs")]
    [InlineData("linear/usdrl-2025", "SGD lr 0.006 x 0.1 after 120 and 140 of 160 epochs, momentum 0.9, batch 30; whole clips; tested every 5 epochs")]
    public void Evaluate_EachRecipe_SaysThePublishedSettings(string name, string said)
        => Assert.Contains(said, EvaluationProtocol.Find(Methods.BuiltIn, name).Evaluate(new SyntheticFeatures(3, 10, separation: 2).Input(_lanes, 3, 1), default).Description, StringComparison.Ordinal);

    [Theory]
    [InlineData("linear/skeleton-contrast-2021", 64)]
    [InlineData("linear/crosclr-2021", 128)]
    [InlineData("linear/hico-2023", 1024)]
    [InlineData("linear/umurl-2023", 512)]
    [InlineData("linear/usdrl-2025", 512)]
    public void Evaluate_LargeSplit_HasThePublishedBatch(string name, int batch)
        => Assert.Contains($"batch {batch};", EvaluationProtocol.Find(Methods.BuiltIn, name).Evaluate(new SyntheticFeatures(2, 520, separation: 2).Input(_lanes, 2, 1), default).Description, StringComparison.Ordinal);

    [Theory]
    [InlineData("linear/skeleton-contrast-2021")]
    [InlineData("linear/hico-2023")]
    public void Evaluate_CroppedClips_NewCropsInEveryEpoch(string name)
    {
        var source = new SyntheticFeatures(3, 10, separation: 2);
        EvaluationProtocol.Find(Methods.BuiltIn, name).Evaluate(source.Input(_lanes, 3, 1), default);
        Assert.Equal(81, source.ViewsAskedFor.Count);
        Assert.All(source.ViewsAskedFor, view =>
        {
            Assert.Equal((0.5, 1.0, 64, 0.95), (view.Crop.Min, view.Crop.Max, view.Crop.MinFrames, view.Crop.Evaluation));
            Assert.Empty(view.Augment);
        });
    }

    [Theory]
    [InlineData("linear/crosclr-2021")]
    [InlineData("linear/umurl-2023")]
    [InlineData("linear/usdrl-2025")]
    public void Evaluate_WholeClips_EncodedOnce(string name)
    {
        var source = new SyntheticFeatures(3, 10, separation: 2);
        EvaluationProtocol.Find(Methods.BuiltIn, name).Evaluate(source.Input(_lanes, 3, 1, 2), default);
        Assert.Equal(2, source.ViewsAskedFor.Count);
        Assert.All(source.ViewsAskedFor, view => Assert.Equal((1.0, 1.0, 1.0), (view.Crop.Min, view.Crop.Max, view.Crop.Evaluation)));
    }
}
