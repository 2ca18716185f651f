using PretrainCluster.Core;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Tests.Evaluation.Protocols;

public sealed class FewShotTests
{
    readonly LanePool _lanes = new(2);

    [Fact]
    public void Evaluate_SeparableClasses_MoreShotsMoreRight()
    {
        var outcome = new FewShot().Evaluate(new SyntheticFeatures(6, 24, separation: 1.2).Input(_lanes, 6), default);
        Assert.Equal(
            ["1-shot", "2-shot nearest exemplar", "2-shot class mean", "5-shot nearest exemplar", "5-shot class mean", "10-shot nearest exemplar", "10-shot class mean"],
            outcome.Measurements.Select(m => m.Name));
        Assert.All(outcome.Measurements, m => Assert.Equal(100, m.Values.Count));
        Assert.True(outcome.Measurements[0].Mean < outcome.Measurements[3].Mean);
        Assert.True(outcome.Measurements[3].Mean < outcome.Measurements[4].Mean);
        Assert.True(outcome.Measurements[0].Interval > 0);
    }

    [Fact]
    public void Evaluate_HeldOutClasses_OnlyThoseCount()
    {
        var source = new SyntheticFeatures(6, 10, separation: 3);
        var outcome = new FewShot().Evaluate(new EvaluationInput { Features = source, Classes = 6, NovelClasses = [4, 1], Seeds = [1], Lanes = _lanes }, default);
        Assert.Contains("2 classes unseen in pretraining", outcome.Description, StringComparison.Ordinal);
        Assert.Equal([0, 10, 0, 0, 10, 0], outcome.Confusion!.Select(row => row.Sum()));
        Assert.All(outcome.Confusion!, row => Assert.Equal(0, row[0] + row[2] + row[3] + row[5]));
    }

    [Fact]
    public void Evaluate_ClassWithTooFewExemplars_NamesIt()
    {
        var train = new SyntheticFeatures(3, 6, 1).Train.Select([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16]);
        var input = new EvaluationInput { Features = new SyntheticFeatures(train, train), Classes = 3, ClassNames = ["walk", "sit", "wave"], Settings = new() { FewShot = new() { Shots = [1, 5] } }, Seeds = [1], Lanes = _lanes };
        Assert.Contains("class 1 (sit) has 4 training clips, 5 exemplars are needed", Assert.Throws<InputException>(() => new FewShot().Evaluate(input, default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_AnyLanes_SameFigures()
    {
        using var alone = new LanePool(1);
        var source = new SyntheticFeatures(5, 12, separation: 0.6);
        var (one, two) = (new FewShot().Evaluate(source.Input(alone, 5), default), new FewShot().Evaluate(source.Input(_lanes, 5), default));
        for (var i = 0; i < one.Measurements.Count; i++)
            Assert.Equal(one.Measurements[i].Values, two.Measurements[i].Values);
    }

    [Fact]
    public void Evaluate_AllClipsAreExemplars_IsWorkedOutClipByClip()
    {
        var source = new SyntheticFeatures(3, 5, separation: 0.5);
        var input = new EvaluationInput { Features = source, Classes = 3, Seeds = [1], Lanes = _lanes, Settings = new() { FewShot = new() { Shots = [1, 5], Draws = 20 } } };
        var outcome = new FewShot().Evaluate(input, default);
        Assert.Equal(["1-shot", "5-shot nearest exemplar", "5-shot class mean"], outcome.Measurements.Select(m => m.Name));
        Assert.True(outcome.Measurements[0].Values.Distinct().Count() > 1);

        // With five clips a class every draw takes them all, so both figures can be computed without any drawing.
        var exemplars = Enumerable.Range(0, source.Train.Clips).Select(clip => (Label: source.Train.Labels[clip], Row: Unit([.. source.Train.Row(clip).ToArray().Select(v => (double)v)]))).ToList();
        var means = exemplars.GroupBy(e => e.Label).Select(g => (Label: g.Key, Row: Unit([.. Enumerable.Range(0, source.Train.Width).Select(i => g.Sum(e => e.Row[i]))]))).ToList();
        Assert.All(outcome.Measurements[1].Values, value => Assert.Equal(Share(source.Test, exemplars), value, 1e-9));
        Assert.All(outcome.Measurements[2].Values, value => Assert.Equal(Share(source.Test, means), value, 1e-9));
        Assert.Equal(20 * 15 * outcome.Measurements[1].Mean / 100, outcome.Measurements[1].Right!.Sum(right => (double)right), 1e-9);
    }

    [Fact]
    public void Settings_OnlyWhatDiffers_IsNamed()
    {
        Assert.Null(new FewShot().Settings(new()));
        Assert.Equal("shots 1 5, draws 20", new FewShot().Settings(new() { FewShot = new() { Shots = [1, 5], Draws = 20 } }));
    }

    static double Share(FeatureSet queries, IReadOnlyList<(int Label, double[] Row)> gallery) =>
        100.0 / queries.Clips * Enumerable.Range(0, queries.Clips).Count(clip =>
        {
            var query = queries.Row(clip).ToArray();
            return gallery.MaxBy(e => e.Row.Select((value, i) => value * query[i]).Sum()).Label == queries.Labels[clip];
        });

    static double[] Unit(double[] row) => [.. row.Select(value => value / Math.Sqrt(row.Sum(v => v * v)))];
}
