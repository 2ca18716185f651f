using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;
using PretrainCluster.Learning.Tests.Evaluation.Features;

namespace PretrainCluster.Learning.Tests.Evaluation.Protocols;

public sealed class LateFusionTests
{
    readonly LanePool _lanes = new(2);

    [Fact]
    public void Fuse_StreamsThatSeeDifferentClassesApart_AreBetterTogether()
    {
        // The first stream tells 0 and 1 from 2 and 3, the second 0 and 2 from 1 and 3.
        var (first, second) = (Source(label => label / 2, seed: 1), Source(label => label % 2, seed: 2));

        var (each, _, fused, confusion) = LateFusion.Fuse([(first.Input(_lanes, 4), 1), (second.Input(_lanes, 4), 1)], default);

        Assert.All(each, stream => Assert.InRange(stream.Mean, 30, 75));
        Assert.InRange(fused.Mean, 95, 100);
        Assert.Equal(fused.Values[0], 100.0 * Enumerable.Range(0, 4).Sum(label => confusion[label][label]) / confusion.Sum(row => row.Sum()), 1e-9);
    }

    [Fact]
    public void Fuse_StreamOfWeightNought_DecidesNothing()
    {
        var (first, second) = (Source(label => label / 2, seed: 1), Source(label => label % 2, seed: 2));

        var (each, _, fused, _) = LateFusion.Fuse([(first.Input(_lanes, 4), 2), (second.Input(_lanes, 4), 0)], default);

        Assert.Equal(each[0].Values, fused.Values);
    }

    [Fact]
    public void Fuse_EachStream_HasTheFiguresOfTheLinearProtocol()
    {
        var source = new SyntheticFeatures(4, 40, separation: 0.7);

        var (each, _, fused, _) = LateFusion.Fuse([(source.Input(_lanes, 4), 1), (source.Input(_lanes, 4), 1)], default);

        Assert.Equal(new LinearProbe().Evaluate(source.Input(_lanes, 4), default).Measurements[0].Values, each[0].Values);
        Assert.Equal(each[0].Values, fused.Values);
    }

    [Fact]
    public void Evaluate_EncodersOfSeveralStreams_EachIsItsOwnLinearEvaluation()
    {
        using var data = new SmallDataset();
        var plan = new SkeletonTransformer.Settings { Width = 8, Depth = 1, Heads = 2 };
        using var encoder = EncoderFactory.Create(plan, ClipShape.Of(data.Dataset, 16), seed: 1);
        encoder.eval();
        FusedEncoder[] streams = [.. Enum.GetValues<ViewStream>().Select(stream => new FusedEncoder(stream.ToString(), encoder, new ViewPlan { Frames = 16, Stream = stream }, 1, null))];

        var result = LateFusion.Evaluate(streams, new EvaluationClips(data.Dataset, "xsub"), [1, 2], _lanes, CPU, TimeProvider.System, default);

        Assert.Equal([ViewStream.Joint, ViewStream.Bone, ViewStream.Motion], result.Streams.Select(stream => stream.Stream));
        foreach (var (stream, fused) in streams.Zip(result.Streams))
            Assert.Equal(new EncoderEvaluation(encoder, "pretrained", null, new EvaluationClips(data.Dataset, "xsub"), stream.View, _lanes, TimeProvider.System).Run(new LinearProbe(), [1, 2], []).Measurements[0].Values, fused.Accuracy.Values);
        Assert.Equal([1L, 2L], result.Accuracy.Seeds);
        Assert.Equal(data.Dataset.Digest, result.DatasetSha256);
    }

    static SyntheticFeatures Source(Func<int, int> seen, ulong seed)
    {
        var blobs = new SyntheticFeatures(2, 80, separation: 4, seed: seed);
        return new SyntheticFeatures(Relabelled(blobs.Train, seen), Relabelled(blobs.Test, seen));
    }

    /// <summary>Clips of four classes, each of which has a feature of the group that is seen of it.</summary>
    static FeatureSet Relabelled(FeatureSet blobs, Func<int, int> seen)
    {
        var rows = Enumerable.Range(0, 2).Select(group => new Queue<int>(Enumerable.Range(0, blobs.Clips).Where(row => blobs.Labels[row] == group))).ToArray();
        int[] labels = [.. Enumerable.Range(0, blobs.Clips).Select(i => i % 4)];
        return new FeatureSet([.. labels.SelectMany(label => blobs.Row(rows[seen(label)].Dequeue()).ToArray())], blobs.Width, labels);
    }
}
