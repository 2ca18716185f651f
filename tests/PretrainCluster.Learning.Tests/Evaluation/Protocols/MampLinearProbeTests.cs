using PretrainCluster.Core;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;
using PretrainCluster.Skeletons.Views.Augmentations;

namespace PretrainCluster.Learning.Tests.Evaluation.Protocols;

public sealed class MampLinearProbeTests
{
    readonly LanePool _lanes = new(1);

    [Fact]
    public void Evaluate_SeparableClasses_LearnsThem()
    {
        var outcome = new MampLinearProbe.Ntu().Evaluate(new SyntheticFeatures(6, 60, separation: 4).Input(_lanes, 6), default);
        Assert.Equal("best test epoch", outcome.Measurements[0].Name);
        Assert.Equal(100, outcome.Measurements[0].Mean);
        Assert.Equal(100, outcome.Measurements[1].Mean);
    }

    [Fact]
    public void Evaluate_Noise_BestEpochIsNeverBelowTheLast()
    {
        var outcome = new MampLinearProbe.Ntu().Evaluate(new SyntheticFeatures(5, 70, separation: 0.1).Input(_lanes, 5), default);
        Assert.True(outcome.Measurements[0].Mean > outcome.Measurements[1].Mean);
        Assert.Contains("best test epoch", outcome.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_SmallSplit_SaysItsBatch()
    {
        var small = new MampLinearProbe.Ntu().Evaluate(new SyntheticFeatures(3, 30, separation: 2).Input(_lanes, 3, 1), default);
        Assert.Contains("global batch 90 (45 x 2), all that the split allows instead of 256", small.Description, StringComparison.Ordinal);
        var large = new MampLinearProbe.Ntu().Evaluate(new SyntheticFeatures(3, 100, separation: 2).Input(_lanes, 3, 1), default);
        Assert.Contains("global batch 256 (128 x 2);", large.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_PkuMmd_HasItsOwnBatchAndRate()
    {
        foreach (var (probe, said) in new (MampLinearProbe, string)[] { (new MampLinearProbe.PkuMmd1(), "lr 0.1 momentum 0.9, cosine to 0, 100 epochs, global batch 128 (64 x 2);"), (new MampLinearProbe.PkuMmd2(), "lr 0.01 momentum 0.9, cosine to 0, 100 epochs, global batch 32 (16 x 2);") })
        {
            var outcome = probe.Evaluate(new SyntheticFeatures(3, 50, separation: 4).Input(_lanes, 3, 1), default);
            Assert.Contains(said, outcome.Description, StringComparison.Ordinal);
            Assert.Equal(100, outcome.Measurements[0].Mean);
        }
    }

    [Fact]
    public void Evaluate_Views_AreThePublishedOnes()
    {
        var source = new SyntheticFeatures(3, 30, separation: 2);
        new MampLinearProbe.Ntu().Evaluate(source.Input(_lanes, 3, 1), default);
        Assert.All(source.ViewsAskedFor, view =>
        {
            Assert.Equal((16, 0.5, 1.0, 64, 0.95), (view.Frames, view.Crop.Min, view.Crop.Max, view.Crop.MinFrames, view.Crop.Evaluation));
            Assert.Equal(0.3, Assert.IsType<Rotation.Settings>(Assert.Single(view.Augment)).Amount);
        });
    }

    [Fact]
    public void Evaluate_TwoClips_SaysWhatIsMissing()
        => Assert.Contains("at least 3", Assert.Throws<InputException>(() => new MampLinearProbe.Ntu().Evaluate(new SyntheticFeatures(2, 1, 1).Input(_lanes, 2, 1), default)).Message, StringComparison.Ordinal);
}
