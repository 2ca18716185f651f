using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// SimCLR: of all other views of a batch, the one of the same clip must be the most similar (Chen et al., "A Simple Framework for Contrastive Learning of Visual
/// Representations", ICML 2020, algorithm 1). The loss is NT-Xent over the whole global batch; nothing is remembered.
/// </summary>
public sealed class SimClr : TwoViewObjective
{
    const HeadEnd End = HeadEnd.Normalized;

    // As the authors' code has it: far below any similarity, so that exp makes it 0.
    const double Never = 1e9;

    readonly double _temperature;

    /// <param name="plan">resolved</param>
    public SimClr(ObjectivePlan plan, SkeletonEncoder encoder, ulong seed) : base(nameof(SimClr), encoder, new ContrastHead("head.projector.", Widths(plan, encoder.Width), End, seed)) =>
        _temperature = plan.Temperature!.Value;

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

    internal static ObjectiveCost Cost(ObjectivePlan plan, EncoderCost encoder) =>
        Cost(encoder, ContrastHead.Cost(Widths(plan, encoder.Width), End));

    static long[] Widths(ObjectivePlan plan, int width) => [width, plan.ProjectionHidden!.Value, plan.ProjectionWidth!.Value];
}
