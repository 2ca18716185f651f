using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Tests.Evaluation.Features;

public sealed class FeatureExtractionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Run_AnyLanes_EveryClipInItsRow(int lanes)
    {
        using var pool = new LanePool(lanes);
        var samples = Enumerable.Range(0, 61).Select(i => 3L * i).ToArray();
        var done = new List<long>();
        var features = new FeatureExtraction(new Doubling(), 2, pool).Run(samples, MakeView, done.Add);
        Assert.Equal(samples.SelectMany(s => new float[] { 2 * s, 2 * s + 2 }), features);
        Assert.Equal(61, done[^1]);
        Assert.Equal(done.Order(), done);
    }

    [Fact]
    public void Run_NonFiniteFeature_NamesTheClip()
    {
        using var pool = new LanePool(1);
        var failure = Assert.Throws<InputException>(() => new FeatureExtraction(new Doubling(), 2, pool).Run([7, 8, 9],
            (sample, view) => view.Fill(sample == 8 ? float.NaN : 1)));
        Assert.Contains("clip 8 is NaN", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Cancelled_Throws()
    {
        using var pool = new LanePool(2);
        Assert.ThrowsAny<OperationCanceledException>(() => new FeatureExtraction(new Doubling(), 2, pool).Run([1, 2], MakeView, cancellation: new(true)));
    }

    [Fact]
    public void Encode_RootCentredCoordinates_SubtractsTheRootOfEachFrame()
    {
        // Two frames of two joints; joint 1 is the root.
        float[] view = [5, 5, 5, 1, 2, 3, 0, 0, 0, -1, -1, -1];
        var features = new float[12];
        new RootCentredCoordinates(1, 2, 2, 1).Encode(view, 1, features);
        Assert.Equal([4, 3, 2, 0, 0, 0, 1, 1, 1, 0, 0, 0], features);
    }

    [Fact]
    public void DatasetFeatures_SidesAndViews_AreTheSplits()
    {
        using var pool = new LanePool(2);
        using var small = new SmallDataset();
        var clips = new EvaluationClips(small.Dataset, "xsub");
        var features = new DatasetFeatures(clips, new ViewPlan { Frames = 8 }, new FirstCoordinates(8), pool);
        Assert.Equal((18, 18), (features.Train.Clips, features.Test.Clips));
        Assert.All(features.Train.Subjects, subject => Assert.Equal(1, subject % 2));
        Assert.All(Enumerable.Range(0, 18), row => Assert.Equal(small.Dataset.Label(features.Test.Samples[row]), features.Test.Labels[row]));
        Assert.Equal(8 * SmallDataset.Joints * 3, features.RawTrain.Width);
        Assert.Same(features.Test, features.TestUnder(new ViewPlan { Frames = 8 }));

        var (once, again) = (Views(1, 0), Views(1, 0));
        Assert.Equal(once, again);
        Assert.NotEqual(once, Views(1, 1));
        Assert.NotEqual(once, Views(2, 0));

        float[] Views(long seed, int epoch) => features.TrainingViews(new ViewPlan { Frames = 8, Crop = new() { MinFrames = 4 } }, [3, 0, 5], seed, epoch, default);
    }

    static void MakeView(long sample, Span<float> view) => (view[0], view[1]) = (sample, sample + 1);

    sealed class Doubling : IClipEncoder
    {
        public int Width => 2;

        public void Encode(float[] views, int clips, Span<float> features)
        {
            for (var i = 0; i < 2 * clips; i++)
                features[i] = 2 * views[i];
        }
    }
}
