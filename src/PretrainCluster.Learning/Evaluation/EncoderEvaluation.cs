using PretrainCluster.Learning.Evaluation.Embedding;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;
using PretrainCluster.Learning.Weights;

namespace PretrainCluster.Learning.Evaluation;

/// <summary>
/// One encoder on one split: runs protocols and writes down what each figure belongs to. Features are extracted when the first protocol asks
/// for them and shared by the others.
/// </summary>
public sealed class EncoderEvaluation
{
    /// <summary>What <see cref="EvaluationResult.Encoder"/> says of a trained encoder, and of the control.</summary>
    public const string Pretrained = "pretrained", RandomWeights = "random weights";

    /// <summary>What it says where a protocol has no use for the encoder's weights.</summary>
    public const string FromScratch = "trained from scratch", RawCoordinates = "raw coordinates";

    /// <summary>What stands for a digest of weights there.</summary>
    public const string NoWeights = "none";

    readonly EvaluationClips _clips;
    readonly SkeletonEncoder _encoder;
    readonly LanePool _lanes;
    readonly TimeProvider _time;
    readonly Device _device;
    readonly string _name, _weights;
    readonly string? _checkpoint;
    readonly DatasetFeatures _features;
    readonly Action<EvaluationProgress>? _progress;

    /// <param name="encoder">its weights must not change while this is used</param>
    /// <param name="name"><see cref="Pretrained"/> or <see cref="RandomWeights"/></param>
    /// <param name="checkpoint">digest of the manifest that the weights come from; null for the control or a bare weights file</param>
    /// <param name="view">the plan's views; protocols without views of their own use its evaluation view</param>
    public EncoderEvaluation(
        SkeletonEncoder encoder, string name, string? checkpoint, EvaluationClips clips, ViewPlan view, LanePool lanes, TimeProvider time,
        Device? device = null, Action<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        (_encoder, _name, _checkpoint, _clips, _lanes, _time, _progress) = (encoder, name, checkpoint, clips, lanes, time, progress);
        _device = device ?? CPU;
        _weights = EncoderWeights.Sha256(encoder);
        _features = new(clips, view, new SkeletonClipEncoder(encoder, ClipShape.Of(clips.Dataset, view.Frames), device), lanes, progress, cancellation);
    }

    /// <summary>The protocols' settings.</summary>
    public EvaluationPlan Settings { get; init; } = new();

    /// <summary>Digest of the dataset that the encoder was pretrained on; null where it is not known.</summary>
    public string? PretrainedOn { get; init; }

    /// <summary>What a result of the protocol says of its encoder.</summary>
    /// <param name="name"><see cref="Pretrained"/> or <see cref="RandomWeights"/></param>
    public static string EncoderOf(EvaluationProtocol protocol, string name) => protocol.Subject switch
    {
        ProtocolSubject.RawCoordinates => RawCoordinates,
        ProtocolSubject.Architecture => FromScratch,
        _ => name,
    };

    /// <summary>What a result of the protocol says of the plan's test view; null where it has no use for it.</summary>
    public static double? CropOf(EvaluationProtocol protocol, ViewPlan view) => protocol.HasOwnViews ? null : view.Crop.Evaluation;

    /// <summary>One protocol over its seeds.</summary>
    /// <param name="seeds">at least one; their meaning is the protocol's</param>
    /// <param name="novelClasses">classes that pretraining did not see: few-shot works on them, the other protocols on all classes</param>
    /// <exception cref="Core.InputException">The protocol cannot work on this split; the message says why.</exception>
    public EvaluationResult Run(EvaluationProtocol protocol, IReadOnlyList<long> seeds, IReadOnlyList<int> novelClasses, CancellationToken cancellation = default)
    {
        if (seeds.Count == 0)
            throw new ArgumentException("a protocol needs at least one seed", nameof(seeds));
        var began = _time.GetTimestamp();
        var outcome = protocol.Evaluate(new()
        {
            Features = _features,
            Labelled = new(_clips, _features.View, _encoder.Plan) { Source = _encoder, Device = _device },
            Classes = _clips.Classes,
            ClassNames = _clips.ClassNames,
            NovelClasses = novelClasses,
            Settings = Settings,
            Seeds = seeds,
            Lanes = _lanes,
            Progress = _progress,
        }, cancellation);
        var ofEncoder = protocol.Subject is ProtocolSubject.FrozenEncoder or ProtocolSubject.TunedEncoder;
        return new()
        {
            Protocol = protocol.Name,
            Version = protocol.Version,
            Settings = protocol.Settings(Settings),
            Crop = CropOf(protocol, _features.View),
            Description = outcome.Description,
            Encoder = EncoderOf(protocol, _name),
            WeightsSha256 = ofEncoder ? _weights : NoWeights,
            Checkpoint = ofEncoder ? _checkpoint : null,
            Dataset = _clips.Dataset.Description.Name,
            DatasetSha256 = _clips.Dataset.Digest,
            Split = _clips.Split,
            TrainClips = _clips.Train.Samples.Length,
            TestClips = _clips.Test.Samples.Length,
            PretrainedOn = ofEncoder && _name == Pretrained && PretrainedOn != _clips.Dataset.Digest ? PretrainedOn : null,
            Seeds = seeds,
            NovelClasses = novelClasses,
            Measurements = outcome.Measurements,
            Confusion = outcome.Confusion,
            ClassNames = _clips.ClassNames,
            Seconds = _time.GetElapsedTime(began).TotalSeconds,
        };
    }

    /// <summary>The test side in two dimensions.</summary>
    /// <param name="seed">of the subsample, where there are more clips than a map shows</param>
    public FeatureMap Map(long seed, CancellationToken cancellation = default) => FeatureMap.Of(_features.Test, seed, _lanes, cancellation);
}
