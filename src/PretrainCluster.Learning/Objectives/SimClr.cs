namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// SimCLR: of all other views of a batch, the one of the same clip must be the most similar (Chen et al., "A Simple Framework for Contrastive Learning of Visual
/// Representations", ICML 2020, algorithm 1). The loss is NT-Xent over the whole global batch; nothing is remembered.
/// </summary>
public sealed class SimClr : TwoViewObjective
{
    [Kind("simclr", "contrast of the views of a batch with each other (SimCLR; Chen et al., ICML 2020)")]
    public sealed record Settings : ObjectiveSettings
    {
        [Description("what similarities are divided by"), Range(0.01, 100)]
        public double Temperature { get; init; } = 0.1;

        [Description("hidden width of the projection head"), Range(1, 65536)]
        public int ProjectionHidden { get; init; } = 2048;

        [Description("numbers that a view is compared by"), Range(1, 8192)]
        public int ProjectionWidth { get; init; } = 128;

        public override int ClipViews => ViewCount;

        public override Objective Create(ObjectiveContext context) => new SimClr(this, context.NewEncoder(), context.Seed);

        public override IEnumerable<(string Path, string Message)> Problems(Plan plan, DataShape? shape) => BatchProblems(this, plan);
    }

    const HeadEnd End = HeadEnd.Normalized;

    // As the authors' code has it: far below any similarity, so that exp makes it 0.
    const double Never = 1e9;

    readonly double _temperature;

    /// <param name="plan">resolved</param>
    public SimClr(Settings plan, SkeletonEncoder encoder, ulong seed) : base(nameof(SimClr), encoder, new ContrastHead("head.projector.", Widths(plan, encoder.Width), End, seed)) =>
        _temperature = plan.Temperature;

    /// <summary>The mean over both views, summed over the clips.</summary>
    public override GlobalLoss Loss(Tensor embeddings)
    {
        var statistics = new List<BatchStatistics>();
        var (clips, rows) = (embeddings.shape[0], ViewCount * embeddings.shape[0]);
        // All first views, then all second ones: the projector's norm takes them as one batch.
        var z = Direction.Of(Projector.Forward(embeddings.transpose(0, 1).reshape(rows, -1), statistics));
        var logits = z.matmul(z.t()) / _temperature - eye(rows, device: z.device) * Never;
        var other = cat([arange(clips, rows, ScalarType.Int64, z.device), arange(0, clips, ScalarType.Int64, z.device)], 0);
        var loss = nn.functional.cross_entropy(logits, other, reduction: nn.Reduction.Sum) / ViewCount;
        return new GlobalLoss(new LossSum(loss, clips), () => statistics.ForEach(batch => batch.Track()));
    }

    static long[] Widths(Settings plan, int width) => [width, plan.ProjectionHidden, plan.ProjectionWidth];
}
