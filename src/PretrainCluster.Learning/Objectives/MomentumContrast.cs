namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// MoCo v2: a view's query must be nearer to the key of the clip's other view than to the keys of earlier steps (He et al., "Momentum Contrast for Unsupervised
/// Visual Representation Learning", CVPR 2020; Chen et al., "Improved Baselines with Momentum Contrastive Learning", arXiv 2003.04297).
/// Keys come from a slowly moving average of encoder and head. Where these have batch norm, keys are normalised by their own micro-batch, as on one GPU of SkeletonCLR;
/// nothing is shuffled between workers.
/// </summary>
public sealed class MomentumContrast : EarlierStepsObjective
{
    [Kind("moco", "contrast of two views with a momentum encoder and a queue (MoCo v2; He et al., CVPR 2020)")]
    public sealed record Settings : ObjectiveSettings
    {
        [Description("what similarities are divided by"), Range(0.01, 100)]
        public double Temperature { get; init; } = 0.2;

        [Description("views of earlier steps that are remembered, at least a batch"), Range(1, 16_777_216)]
        public int Queue { get; init; } = 65536;

        [Description("part of itself that the momentum encoder keeps at every step; the rest comes from the encoder"), Range(0, 0.999999)]
        public double Momentum { get; init; } = 0.999;

        [Description("hidden width of the projection head"), Range(1, 65536), UnsetMeans("the encoder's features")]
        public int? ProjectionHidden { get; init; }

        [Description("numbers that a view is compared by"), Range(1, 8192)]
        public int ProjectionWidth { get; init; } = 128;

        public override int ClipViews => ViewCount;

        public override ObjectivePlan Resolve(EncoderPlan encoder, int frames) =>
            encoder is EncoderSettings settings ? this with { ProjectionHidden = ProjectionHidden ?? settings.Features(frames) } : this;

        public override Objective Create(ObjectiveContext context) => new MomentumContrast(this, context.NewEncoder(), context.NewEncoder(), context.Seed);

        public override IEnumerable<(string Path, string Message)> Problems(Plan plan, DataShape? shape) => FeatureQueue.Problems(Queue, plan);
    }

    public const int ViewCount = 2;

    readonly MomentumPair _pair;
    readonly double _temperature, _momentum;

    /// <param name="plan">resolved</param>
    /// <param name="keyEncoder">like <paramref name="encoder"/>, with the same weights</param>
    public MomentumContrast(Settings plan, SkeletonEncoder encoder, SkeletonEncoder keyEncoder, ulong seed) : base(nameof(MomentumContrast), encoder)
    {
        (_temperature, _momentum, KeyWidth) = (plan.Temperature, plan.Momentum, plan.ProjectionWidth);
        _pair = new MomentumPair(encoder, keyEncoder, plan.ProjectionHidden!.Value, KeyWidth, plan.Queue, seed);
        register_module("pair", _pair);
    }

    public override int Views => ViewCount;
    public override int KeyWidth { get; }
    public override IReadOnlyList<SkeletonEncoder> Passes => [Encoder, _pair.KeyEncoder];
    public override NamedWeights Weights => _pair.Weights;
    public override NamedState Buffers => _pair.Buffers;

    /// <summary>InfoNCE of each clip, summed; the count is the number of clips. The first view gives queries, the second keys.</summary>
    public override (LossSum Loss, Tensor Keys) ForwardWithKeys(Tensor clips, CounterRandom random, ICollection<Tensor>? statistics = null)
    {
        var pass = training ? new TrainingPass(random, statistics) : null;
        var queries = _pair.Queries(clips.select(0, 0), pass);
        var keys = _pair.Keys(clips.select(0, 1), pass);
        return (new LossSum(InfoNce.Sum(queries, keys, _pair.Remembered, _temperature), clips.shape[1]), keys);
    }

    public override void AfterStep(Tensor keys) => _pair.AfterStep(keys, _momentum);
}
