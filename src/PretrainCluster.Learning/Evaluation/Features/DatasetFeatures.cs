using PretrainCluster.Learning.Lanes;
using PretrainCluster.Skeletons.Views;

namespace PretrainCluster.Learning.Evaluation.Features;

/// <summary>Features of a dataset's clips through one frozen encoder, computed when first asked for and kept.</summary>
public sealed class DatasetFeatures : IFeatureSource
{
    readonly EvaluationClips _clips;
    readonly IClipEncoder _encoder;
    readonly LanePool _lanes;
    readonly Action<EvaluationProgress>? _progress;
    readonly CancellationToken _cancellation;
    readonly Lazy<FeatureSet> _train, _test, _rawTrain, _rawTest;

    public DatasetFeatures(
        EvaluationClips clips, ViewPlan view, IClipEncoder encoder, LanePool lanes,
        Action<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        (_clips, View, _encoder, _lanes, _progress, _cancellation) = (clips, view, encoder, lanes, progress, cancellation);
        var dataset = clips.Dataset;
        var raw = new RootCentredCoordinates(dataset.Persons, view.Frames, dataset.Joints, dataset.Description.Layout.Root);
        _train = new(() => Evaluate(clips.Train, encoder, View, "features of the training side"));
        _test = new(() => Evaluate(clips.Test, encoder, View, "features of the test side"));
        _rawTrain = new(() => Evaluate(clips.Train, raw, View, "coordinates of the training side"));
        _rawTest = new(() => Evaluate(clips.Test, raw, View, "coordinates of the test side"));
    }

    public ViewPlan View { get; }
    public FeatureSet Train => _train.Value;
    public FeatureSet Test => _test.Value;
    public FeatureSet RawTrain => _rawTrain.Value;
    public FeatureSet RawTest => _rawTest.Value;

    public FeatureSet TestUnder(ViewPlan view)
        => view.Frames == View.Frames && view.Crop.Evaluation == View.Crop.Evaluation
            ? Test
            : Evaluate(_clips.Test, _encoder, view, "features of the test side");

    public float[] TrainingViews(ViewPlan view, IReadOnlyList<int> rows, long seed, int epoch, CancellationToken cancellation)
    {
        var maker = Maker(view);
        return new FeatureExtraction(_encoder, maker.Length, _lanes).Run(
            [.. rows.Select(row => _clips.Train.Samples[row])],
            (sample, destination) => maker.MakeTraining(sample, EvaluationStream.Views.Random(seed, (ulong)epoch, (ulong)sample), destination),
            cancellation: cancellation);
    }

    FeatureSet Evaluate(ClipSide side, IClipEncoder encoder, ViewPlan view, string stage)
    {
        var maker = Maker(view);
        var features = new FeatureExtraction(encoder, maker.Length, _lanes).Run(
            side.Samples, maker.MakeEvaluation, done => _progress?.Invoke(new(stage, done, side.Samples.Length)), _cancellation);
        return side.With(features, encoder.Width);
    }

    // Whatever views a protocol publishes, the encoder sees the stream that it was trained on.
    ViewMaker Maker(ViewPlan view) => new(_clips.Dataset, view with { Stream = View.Stream });
}
