using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// MoCo v2: a view's query must be nearer to the key of the clip's other view than to the keys of earlier steps (He et al., "Momentum Contrast for Unsupervised
/// Visual Representation Learning", CVPR 2020; Chen et al., "Improved Baselines with Momentum Contrastive Learning", arXiv 2003.04297).
/// Keys come from a slowly moving average of encoder and head. Where these have batch norm, keys are normalised by their own micro-batch, as on one GPU of SkeletonCLR;
/// nothing is shuffled between workers.
/// </summary>
public sealed class MomentumContrast : EarlierStepsObjective
{
    public const int ViewCount = 2;

    readonly MomentumPair _pair;
    readonly double _temperature, _momentum;

    /// <param name="plan">resolved</param>
    /// <param name="keyEncoder">like <paramref name="encoder"/>, with the same weights</param>
    public MomentumContrast(ObjectivePlan plan, SkeletonEncoder encoder, SkeletonEncoder keyEncoder, ulong seed) : base(nameof(MomentumContrast), encoder)
    {
        (_temperature, _momentum, KeyWidth) = (plan.Temperature!.Value, plan.Momentum, plan.ProjectionWidth!.Value);
        _pair = new MomentumPair(encoder, keyEncoder, plan.ProjectionHidden!.Value, KeyWidth, plan.Queue!.Value, seed);
        register_module("pair", _pair);
    }

    public override int Views => ViewCount;
    public override int KeyWidth { get; }
    public override IReadOnlyList<SkeletonEncoder> Passes => [Encoder, _pair.KeyEncoder];
    public override IReadOnlyList<(string Name, Parameter Parameter)> Weights => _pair.Weights;
    public override IReadOnlyList<(string Name, Tensor Value)> Buffers => _pair.Buffers;

    /// <summary>InfoNCE of each clip, summed; the count is the number of clips. The first view gives queries, the second keys.</summary>
    public override (LossSum Loss, Tensor Keys) ForwardWithKeys(Tensor clips, CounterRandom random, ICollection<Tensor>? statistics = null)
    {
        var pass = training ? new TrainingPass(random, statistics) : null;
        var queries = _pair.Queries(clips.select(0, 0), pass);
        var keys = _pair.Keys(clips.select(0, 1), pass);
        return (new LossSum(InfoNce.Sum(queries, keys, _pair.Remembered, _temperature), clips.shape[1]), keys);
    }

    public override void AfterStep(Tensor keys) => _pair.AfterStep(keys, _momentum);

    internal static ObjectiveCost Cost(ObjectivePlan plan, EncoderCost encoder) =>
        MomentumPair.Cost(encoder, plan.ProjectionHidden!.Value, plan.ProjectionWidth!.Value, plan.Queue!.Value);
}
