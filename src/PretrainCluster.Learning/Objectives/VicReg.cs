namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// VICReg: a clip's two views are to be embedded alike, while over the batch every number keeps its spread and no two go together (Bardes, Ponce and LeCun,
/// "VICReg: Variance-Invariance-Covariance Regularization for Self-Supervised Learning", ICLR 2022, algorithm 1). No negatives, nothing is remembered.
/// </summary>
public sealed class VicReg : TwoViewObjective
{
    [Kind("vicreg", "views alike, spread kept, nothing redundant (VICReg; Bardes et al., ICLR 2022), as UmURL trains")]
    public sealed record Settings : ObjectiveSettings
    {
        [Description("hidden width of the projection head"), Range(1, 65536)]
        public int ProjectionHidden { get; init; } = 8192;

        [Description("numbers that a view is compared by"), Range(1, 8192)]
        public int ProjectionWidth { get; init; } = 8192;

        [Description("weight of the squared difference between a clip's views"), Range(0, 10000)]
        public double InvarianceWeight { get; init; } = 25;

        [Description("weight of what the standard deviations over a batch lack to 1, mean of both views"), Range(0, 10000)]
        public double VarianceWeight { get; init; } = 25;

        [Description("weight of the squared covariances over a batch, sum of both views"), Range(0, 10000)]
        public double CovarianceWeight { get; init; } = 1;

        public override int ClipViews => ViewCount;

        public override Objective Create(ObjectiveContext context) => new VicReg(this, context.NewEncoder(), context.Seed);

        public override IEnumerable<(string Path, string Message)> Problems(Plan plan, DataShape? shape) => BatchProblems(this, plan);
    }

    const HeadEnd End = HeadEnd.Unbiased;
    const double Spread = 1, Epsilon = 1e-4;

    readonly double _invariance, _variance, _covariance;

    /// <param name="plan">resolved</param>
    public VicReg(Settings plan, SkeletonEncoder encoder, ulong seed) : base(nameof(VicReg), encoder, new ContrastHead("head.projector.", Widths(plan, encoder.Width), End, seed)) =>
        (_invariance, _variance, _covariance) = (plan.InvarianceWeight, plan.VarianceWeight, plan.CovarianceWeight);

    /// <summary>The batch's loss times its clips, so that their mean is what the paper writes down.</summary>
    public override GlobalLoss Loss(Tensor embeddings)
    {
        var statistics = new List<BatchStatistics>();
        var (first, second) = (Projector.Forward(embeddings.select(1, 0), statistics), Projector.Forward(embeddings.select(1, 1), statistics));
        var loss = nn.functional.mse_loss(first, second) * _invariance
            + (Narrowness(first) + Narrowness(second)) * (_variance / 2)
            + (Redundancy(first) + Redundancy(second)) * _covariance;
        var clips = embeddings.shape[0];
        return new GlobalLoss(new LossSum(loss * clips, clips), () => statistics.ForEach(batch => batch.Track()));
    }

    /// <summary>How far the standard deviation of each number lies below 1, in the mean.</summary>
    static Tensor Narrowness(Tensor z) => nn.functional.relu(Spread - (z.var([0], unbiased: true) + Epsilon).sqrt()).mean();

    /// <summary>Squared covariances of each number with all others, summed, per number.</summary>
    static Tensor Redundancy(Tensor z)
    {
        var (clips, width) = (z.shape[0], z.shape[1]);
        var centred = z - z.mean([0]);
        var covariance = centred.t().matmul(centred) / (clips - 1.0);
        return (covariance * (1 - eye(width, device: z.device))).square().sum() / width;
    }

    static long[] Widths(Settings plan, int width) => [width, plan.ProjectionHidden, plan.ProjectionHidden, plan.ProjectionWidth];
}
