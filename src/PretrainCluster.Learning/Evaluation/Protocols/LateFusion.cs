using System.Globalization;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Lanes;
using PretrainCluster.Learning.Weights;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>
/// Late fusion of several encoders, such as those of the joint, bone and motion streams: each has a linear layer of its own, trained as <see cref="LinearProbe"/> does, and a clip's class
/// is the one whose scores, weighted and added, are highest. The field's "3s" results (Shi et al., CVPR 2019; Li et al., CVPR 2021).
/// </summary>
public static class LateFusion
{
    public const string Name = "linear/late-fusion";

    /// <summary>Goes up with every change that can move a figure, one of <see cref="LinearProbe"/> among them.</summary>
    public const int Version = 2;

    /// <param name="streams">two or more, on the same clips</param>
    /// <param name="seeds">of every stream's head</param>
    public static FusionResult Evaluate(IReadOnlyList<FusedEncoder> streams, EvaluationClips clips, IReadOnlyList<long> seeds, LanePool lanes, Device device, TimeProvider time, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        var inputs = streams.Select(stream => (new EvaluationInput
        {
            Features = new DatasetFeatures(clips, stream.View, new SkeletonClipEncoder(stream.Encoder, ClipShape.Of(clips.Dataset, stream.View.Frames), device), lanes, cancellation: cancellation),
            Classes = clips.Classes,
            ClassNames = clips.ClassNames,
            Seeds = seeds,
            Lanes = lanes,
        }, stream.Weight)).ToList();
        var (each, rates, fused, confusion) = Fuse(inputs, cancellation);
        return new()
        {
            Protocol = Name,
            Version = Version,
            Description = "linear layers of each stream as in the protocol linear, their scores weighted and added",
            Dataset = clips.Dataset.Description.Name,
            DatasetSha256 = clips.Dataset.Digest,
            Split = clips.Split,
            TrainClips = clips.Train.Samples.Length,
            TestClips = clips.Test.Samples.Length,
            Seeds = seeds,
            Streams = [.. streams.Select((stream, i) => new FusedStream(stream.Name, stream.View.Stream, stream.Weight, EncoderWeights.Sha256(stream.Encoder), stream.Checkpoint, rates[i], each[i]))],
            Accuracy = fused,
            Confusion = confusion,
            ClassNames = clips.ClassNames,
            Seconds = time.GetElapsedTime(began).TotalSeconds,
        };
    }

    internal static (IReadOnlyList<Measurement> Each, IReadOnlyList<string> Rates, Measurement Fused, int[][] Confusion) Fuse(IReadOnlyList<(EvaluationInput Input, double Weight)> streams, CancellationToken cancellation)
    {
        var (first, seeds) = (streams[0].Input, streams[0].Input.Seeds);
        var (labels, classes) = (first.Features.Test.Labels, first.Classes);
        var sums = seeds.Select(_ => new double[labels.Length * classes]).ToList();
        var (each, rates) = (new List<Measurement>(), new List<string>());
        foreach (var (input, weight) in streams)
        {
            if (!input.Features.Test.Labels.AsSpan().SequenceEqual(labels))
                throw new ArgumentException("streams that are fused see the same clips", nameof(streams));
            var (scores, chosen, _) = LinearProbe.Score(input, Name, cancellation);
            for (var seed = 0; seed < seeds.Count; seed++)
            {
                for (var i = 0; i < sums[seed].Length; i++)
                    sums[seed][i] += weight * scores[seed][i];
            }
            double[] accuracies = [.. scores.Select(s => Accuracy.Percent(labels, Best(s, classes)))];
            each.Add(Statistics.Summarize("accuracy", seeds, accuracies));
            rates.Add(string.Join(", ", chosen.Select(rate => rate.ToString(CultureInfo.InvariantCulture))));
        }
        var predictions = sums.Select(scores => Best(scores, classes)).ToList();
        return (each, rates, Statistics.Summarize("accuracy", seeds, [.. predictions.Select(predicted => Accuracy.Percent(labels, predicted))]), Accuracy.Confusion(labels, predictions[0], classes));
    }

    /// <summary>The class with the highest score of each clip, the smallest among equals.</summary>
    internal static int[] Best<T>(T[] scores, int classes) =>
        [.. scores.Chunk(classes).Select(row => Array.IndexOf(row, row.Max()))];
}

/// <summary>An encoder that is fused with others.</summary>
/// <param name="Name">the run or checkpoint as the user named it</param>
/// <param name="Encoder">its weights must not change while this is used</param>
/// <param name="View">of its plan, with its stream</param>
/// <param name="Weight">of its scores</param>
/// <param name="Checkpoint">digest of the manifest that the weights come from</param>
public sealed record FusedEncoder(string Name, SkeletonEncoder Encoder, ViewPlan View, double Weight, string? Checkpoint);

/// <summary>What became of a fusion, with everything needed to trust it.</summary>
public sealed record FusionResult
{
    public required string Protocol { get; init; }
    public required int Version { get; init; }
    public required string Description { get; init; }
    public required string Dataset { get; init; }
    public required string DatasetSha256 { get; init; }
    public required string Split { get; init; }
    public required int TrainClips { get; init; }
    public required int TestClips { get; init; }
    public required IReadOnlyList<long> Seeds { get; init; }
    public required IReadOnlyList<FusedStream> Streams { get; init; }

    /// <summary>Of all streams together.</summary>
    public required Measurement Accuracy { get; init; }

    /// <summary>Counts [true class][predicted class] of the first seed.</summary>
    public required int[][] Confusion { get; init; }

    public IReadOnlyList<string>? ClassNames { get; init; }
    public required double Seconds { get; init; }
}

/// <summary>One of the encoders of a fusion.</summary>
/// <param name="LearningRates">that each seed chose</param>
/// <param name="Accuracy">of this stream alone</param>
public sealed record FusedStream(string Name, ViewStream Stream, double Weight, string WeightsSha256, string? Checkpoint, string LearningRates, Measurement Accuracy);
