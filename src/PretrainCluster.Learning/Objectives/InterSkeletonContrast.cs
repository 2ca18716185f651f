namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// Momentum contrast between representations: two encoders that see a skeleton differently, as a sequence, a graph or an image, and each one's query must be
/// nearer to the other's key of the clip's other view than to the other's keys of earlier steps (Thoker, Doughty and Snoek, "Skeleton-Contrastive 3D Action
/// Representation Learning", ACM MM 2021, section 3.2). Both are trained; the plan's encoder is the one that is evaluated.
/// </summary>
public sealed class InterSkeletonContrast : EarlierStepsObjective
{
    [Kind("inter_skeleton", "momentum contrast between two encoders that see a skeleton differently (skeleton-contrast; Thoker et al., ACM MM 2021)")]
    public sealed record Settings : ObjectiveSettings
    {
        [Description("what similarities are divided by"), Range(0.01, 100)]
        public double Temperature { get; init; } = 0.07;

        [Description("views of earlier steps that are remembered of each encoder, at least a batch"), Range(1, 16_777_216)]
        public int Queue { get; init; } = 16384;

        [Description("part of itself that the momentum encoder keeps at every step; the rest comes from the encoder"), Range(0, 0.999999)]
        public double Momentum { get; init; } = 0.999;

        [Description("numbers that a view is compared by"), Range(1, 8192)]
        public int ProjectionWidth { get; init; } = 128;

        [Description("as `encoder` above, of another kind: the encoder of the other representation; both are trained, the plan's is evaluated")]
        public EncoderPlan? Partner { get; init; }

        public override int ClipViews => ViewCount;

        public override Objective Create(ObjectiveContext context) => new InterSkeletonContrast(this, context.NewEncoder, context.Seed);

        public override IEnumerable<(string Path, string Message)> Problems(Plan plan, DataShape? shape)
        {
            if (Partner is not { } partner)
                return [("objective.partner", "the encoder of the other representation is expected, a group of keys as encoder has them, such as {kind: a_gcn}")];
            if (partner.Kind == plan.Encoder.Kind)
                return [("objective.partner.kind", $"another kind than encoder.kind, {partner.Kind}, is expected: two representations are compared")];
            return [.. partner.Problems("objective.partner", plan.View.Frames, shape), .. FeatureQueue.Problems(Queue, plan)];
        }
    }

    public const int ViewCount = 2;

    readonly SkeletonEncoder _partner;
    readonly MomentumPair _own, _others;
    readonly double _temperature, _momentum;

    /// <param name="plan">resolved</param>
    /// <param name="encoder">makes encoders with initial weights, the same at every call: the plan's, or the one whose plan is handed in</param>
    public InterSkeletonContrast(Settings plan, EncoderMaker encoder, ulong seed) : base(nameof(InterSkeletonContrast), encoder())
    {
        (_temperature, _momentum) = (plan.Temperature, plan.Momentum);
        _partner = encoder(plan.Partner);
        _own = Pair(Encoder, encoder(), "");
        _others = Pair(_partner, encoder(plan.Partner), SkeletonEncoder.PartnerPrefix);
        register_module("partner", _partner);
        register_module("own", _own);
        register_module("others", _others);
        Weights = [.. _own.Weights, .. _others.Weights];
        Buffers = [.. _own.Buffers, .. _partner.Buffers.Select(buffer => (SkeletonEncoder.PartnerPrefix + buffer.Name, buffer.Value)), .. _others.Buffers];

        // As published, a head's hidden layer is as wide as its encoder's features.
        MomentumPair Pair(SkeletonEncoder trained, SkeletonEncoder average, string prefix) =>
            new(trained, average, trained.Width, plan.ProjectionWidth, plan.Queue, seed, prefix);
    }

    public override int Views => ViewCount;
    public override int KeyWidth => checked((int)(_own.Remembered.shape[1] + _others.Remembered.shape[1]));
    public override IReadOnlyList<SkeletonEncoder> Passes => [Encoder, _partner, _own.KeyEncoder, _others.KeyEncoder];
    public override NamedWeights Weights { get; }
    public override NamedState Buffers { get; }

    /// <summary>Both InfoNCEs of each clip, summed; the count is the number of clips. The first view gives queries, the second keys, to both encoders.</summary>
    public override (LossSum Loss, Tensor Keys) ForwardWithKeys(Tensor clips, CounterRandom random, ICollection<Tensor>? statistics = null)
    {
        var pass = training ? new TrainingPass(random, statistics) : null;
        var (first, second) = (clips.select(0, 0), clips.select(0, 1));
        var (queries, othersQueries) = (_own.Queries(first, pass), _others.Queries(first, pass));
        var (keys, othersKeys) = (_own.Keys(second, pass), _others.Keys(second, pass));
        var loss = InfoNce.Sum(queries, othersKeys, _others.Remembered, _temperature) + InfoNce.Sum(othersQueries, keys, _own.Remembered, _temperature);
        return (new LossSum(loss, clips.shape[1]), cat([keys, othersKeys], 1));
    }

    public override void AfterStep(Tensor keys)
    {
        var width = _own.Remembered.shape[1];
        _own.AfterStep(keys.narrow(1, 0, width), _momentum);
        _others.AfterStep(keys.narrow(1, width, width), _momentum);
    }
}
