using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;
using PretrainCluster.Learning.Tests.Evaluation.Features;
using PretrainCluster.Learning.Weights;

namespace PretrainCluster.Learning.Tests.Evaluation;

public sealed class EncoderEvaluationTests : IDisposable
{
    static readonly ViewPlan View = new() { Frames = 16 };
    readonly SmallDataset _small = new(classes: 3, subjects: 4, repetitions: 3);
    readonly SkeletonTransformer _encoder = new(new SkeletonTransformer.Settings { Width = 16, Depth = 1, Heads = 2 }, 16, SmallDataset.Joints, seed: 5);

    [Fact]
    public void Run_FrozenEncoder_SaysWhatTheFigureBelongsTo()
    {
        using var lanes = new LanePool(2);
        var result = Evaluation(lanes, EncoderEvaluation.Pretrained, "abc").Run(EvaluationProtocol.Find(Methods.BuiltIn, "linear"), [1, 2], []);
        Assert.Equal(("linear", 2, "pretrained", "abc", "xsub", 18, 18),
            (result.Protocol, result.Version, result.Encoder, result.Checkpoint, result.Split, result.TrainClips, result.TestClips));
        Assert.Equal(EncoderWeights.Sha256(_encoder), result.WeightsSha256);
        Assert.Equal(_small.Dataset.Digest, result.DatasetSha256);
        Assert.Equal("small", _small.Dataset.Description.Name);
        Assert.Equal(["speed 1", "speed 2", "speed 3"], result.ClassNames);
        Assert.Equal(18, result.Confusion!.Sum(row => row.Sum()));
        Assert.Equal(2, result.Measurements[0].Values.Count);
    }

    [Fact]
    public void Run_RawCoordinates_HasNoWeights()
    {
        using var lanes = new LanePool(1);
        var result = Evaluation(lanes, EncoderEvaluation.RandomWeights, null).Run(EvaluationProtocol.Find(Methods.BuiltIn, "raw-1nn"), [1], []);
        Assert.Equal(("raw coordinates", "none"), (result.Encoder, result.WeightsSha256));
        Assert.Null(result.Checkpoint);
    }

    [Fact]
    public void Run_AnyLanes_SameFigures()
    {
        using var one = new LanePool(1);
        using var three = new LanePool(3);
        foreach (var protocol in new[] { "linear", "knn", "few-shot" })
        {
            var (first, second) = (Result(one, protocol), Result(three, protocol));
            Assert.Equal(first.Measurements.SelectMany(m => m.Values), second.Measurements.SelectMany(m => m.Values));
            Assert.Equal(first.Description, second.Description);
        }

        EvaluationResult Result(LanePool lanes, string protocol) => Evaluation(lanes, EncoderEvaluation.RandomWeights, null).Run(EvaluationProtocol.Find(Methods.BuiltIn, protocol), [1, 2], []);
    }

    [Fact]
    public void Encode_Batches_AreTheEncodersFeatures()
    {
        using var lanes = new LanePool(2);
        var clips = new EvaluationClips(_small.Dataset, "xsub");
        var features = new DatasetFeatures(clips, View, new SkeletonClipEncoder(_encoder, ClipShape.Of(clips.Dataset, View.Frames)), lanes).Test;
        Assert.Equal((18, 16), (features.Clips, features.Width));

        var maker = new Skeletons.Views.ViewMaker(_small.Dataset, View);
        var view = new float[maker.Length];
        maker.MakeEvaluation(clips.Test.Samples[13], view);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var expected = _encoder.Features(tensor(view, [1, 1, 16, SmallDataset.Joints, 3])).data<float>().ToArray();
        for (var i = 0; i < 16; i++)
            Assert.Equal(expected[i], features.Row(13)[i], 1e-5f);
    }

    [Fact]
    public void Map_TestSide_OnePointAClip()
    {
        using var lanes = new LanePool(2);
        var map = Evaluation(lanes, EncoderEvaluation.Pretrained, null).Map(1);
        Assert.Equal((18, 18), (map.Points.Count, map.Labels.Count));
    }

    EncoderEvaluation Evaluation(LanePool lanes, string name, string? checkpoint)
        => new(_encoder, name, checkpoint, new EvaluationClips(_small.Dataset, "xsub"), View, lanes, TimeProvider.System) { Settings = new() { FewShot = new() { Shots = [1, 5] } } };

    public void Dispose()
    {
        _encoder.Dispose();
        _small.Dispose();
    }
}
