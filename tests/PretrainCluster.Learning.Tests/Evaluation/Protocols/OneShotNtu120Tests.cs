using PretrainCluster.Core;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;
using PretrainCluster.Skeletons;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Import;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Learning.Tests.Evaluation.Protocols;

public sealed class OneShotNtu120Tests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("one-shot-tests-");
    readonly LanePool _lanes = new(1);

    [Fact]
    public void ExemplarOf_ClassesOfBothReleases_AreTheOfficialOnes()
    {
        Assert.Equal("S001C003P008R001A001", OneShotNtu120.ExemplarOf(0));
        Assert.Equal("S001C003P008R001A055", OneShotNtu120.ExemplarOf(54));
        Assert.Equal("S018C003P008R001A061", OneShotNtu120.ExemplarOf(60));
        Assert.Equal("S018C003P008R001A115", OneShotNtu120.ExemplarOf(114));
        Assert.Equal([0, 6, 12], OneShotNtu120.NovelClasses.Take(3));
        Assert.Equal((20, 114), (OneShotNtu120.NovelClasses.Count, OneShotNtu120.NovelClasses[^1]));
    }

    /// <summary>Three clips a class: the exemplar and one query to train on, one query on the test side. Every class points its own way but A007, whose queries look like A001's.</summary>
    [Fact]
    public void Evaluate_BothSides_AllButTheExemplarsAreQueries()
    {
        var outcome = new OneShotNtu120().Evaluate(Input(without: null), default);
        Assert.Equal("1-shot", Assert.Single(outcome.Measurements).Name);
        Assert.Equal(100 * 38.0 / 40, outcome.Measurements[0].Mean, 1e-9);
        Assert.Equal(2, outcome.Confusion![6][0]);
        Assert.Contains("40 queries", outcome.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_ExemplarMissing_NamesIt()
        => Assert.Contains("no clip S018C003P008R001A061", Assert.Throws<InputException>(() => new OneShotNtu120().Evaluate(Input(without: 60), default)).Message, StringComparison.Ordinal);

    [Fact]
    public void Evaluate_PretrainedOnItsClasses_IsRefused()
        => Assert.Contains("data.hold_out_classes", Assert.Throws<InputException>(() => new OneShotNtu120().Evaluate(Input(without: null, novel: [0, 6, 12]), default)).Message, StringComparison.Ordinal);

    public void Dispose()
    {
        _lanes.Dispose();
        _folder.Delete(recursive: true);
    }

    EvaluationInput Input(int? without, IReadOnlyList<int>? novel = null)
    {
        var folder = Path.Combine(_folder.FullName, "data");
        var (train, test) = (new List<long>(), new List<long>());
        using (var writer = new DatasetWriter(folder, new("ntu", new JointLayout("two", ["hip", "head"], [new(1, 0)], [], 0), 1, NtuClasses.All, "none")))
        {
            foreach (var label in Enumerable.Range(0, 120))
            {
                var exemplar = OneShotNtu120.ExemplarOf(label);
                if (label != without)
                    train.Add(writer.Add(Clip(exemplar, label)));
                train.Add(writer.Add(Clip(exemplar.Replace("R001", "R002", StringComparison.Ordinal), label)));
                test.Add(writer.Add(Clip(exemplar.Replace("P008", "P003", StringComparison.Ordinal), label)));
            }
            writer.AddSplit("xsub", train, test);
            writer.Commit();
        }
        var clips = new EvaluationClips(SkeletonDataset.Open(folder), "xsub");
        return new()
        {
            Features = new SyntheticFeatures(Features(clips, clips.Train), Features(clips, clips.Test)),
            Labelled = new(clips, new() { Frames = 8 }, new()),
            Classes = clips.Classes,
            NovelClasses = novel ?? OneShotNtu120.NovelClasses,
            Seeds = [1],
            Lanes = _lanes,
        };
    }

    static FeatureSet Features(EvaluationClips clips, ClipSide side)
    {
        var values = new float[side.Labels.Length * 120];
        for (var row = 0; row < side.Labels.Length; row++)
        {
            var isQueryOf7 = side.Labels[row] == 6 && clips.Dataset.Name(side.Samples[row]) != OneShotNtu120.ExemplarOf(6);
            values[row * 120 + (isQueryOf7 ? 0 : side.Labels[row])] = 2;
        }
        return side.With(values, 120);
    }

    static Clip Clip(string name, int label) => new(name, label, 8, 3, 1, 1, 4, 2, new float[4 * 2 * 3]);
}
