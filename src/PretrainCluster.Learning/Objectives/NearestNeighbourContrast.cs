using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// NNCLR: the nearest neighbour of one view's projection, among those of earlier steps, must be told by the other view's prediction from those of the batch's
/// other clips (Dwibedi et al., "With a Little Help from My Friends: Nearest-Neighbor Contrastive Learning of Visual Representations", ICCV 2021, algorithm 1).
/// Its heads normalise over the whole batch, and gradients flow through the predictions of all clips.
/// </summary>
public sealed class NearestNeighbourContrast : GlobalBatchObjective
{
    public const int ViewCount = 2;

    readonly ContrastHead _projector, _predictor;
    readonly FeatureQueue _support;
    readonly double _temperature;

    /// <param name="plan">resolved</param>
    public NearestNeighbourContrast(ObjectivePlan plan, SkeletonEncoder encoder, ulong seed) : base(nameof(NearestNeighbourContrast), encoder)
    {
        var (hidden, width) = (plan.ProjectionHidden!.Value, plan.ProjectionWidth!.Value);
        _temperature = plan.Temperature!.Value;
        _projector = new ContrastHead("head.projector.", [encoder.Width, hidden, hidden, width], normalizeLast: true, seed);
        _predictor = new ContrastHead("head.predictor.", [width, plan.PredictionHidden, width], normalizeLast: false, seed);
        _support = new FeatureQueue(plan.Queue!.Value, width, seed);
        register_module("projector", _projector);
        register_module("predictor", _predictor);
        register_module("support", _support);
        Head = [.. _projector.Weights, .. _predictor.Weights];
        Weights = [.. encoder.Weights, .. Head];
        Buffers = [.. _projector.Buffers, .. _predictor.Buffers, .. _support.Buffers];
    }

    public override int Views => ViewCount;
    public override IReadOnlyList<SkeletonEncoder> Passes => [Encoder];
    public override int EmbeddingWidth => Encoder.Width;
    public override IReadOnlyList<(string Name, Parameter Parameter)> Head { get; }
    public override IReadOnlyList<(string Name, Parameter Parameter)> Weights { get; }
    public override IReadOnlyList<(string Name, Tensor Value)> Buffers { get; }

    public override Tensor Embed(Tensor clips, CounterRandom random, ICollection<Tensor>? statistics = null)
    {
        var shape = clips.shape;
        var features = Encoder.Features(clips.reshape(ViewCount * shape[1], shape[2], shape[3], shape[4], shape[5]), training ? new TrainingPass(random, statistics) : null);
        return features.reshape(ViewCount, shape[1], -1).transpose(0, 1);
    }

    public override GlobalLoss Loss(Tensor embeddings)
    {
        var statistics = new List<BatchStatistics>();
        var (first, second) = (_projector.Forward(embeddings.select(1, 0), statistics), _projector.Forward(embeddings.select(1, 1), statistics));
        var (fromFirst, fromSecond) = (_predictor.Forward(first, statistics), _predictor.Forward(second, statistics));
        var loss = (Contrast(Neighbours(first), fromSecond) + Contrast(Neighbours(second), fromFirst)) / 2;

        var newest = Direction.Of(first.detach());
        return new GlobalLoss(new LossSum(loss, embeddings.shape[0]), () =>
        {
            foreach (var batch in statistics)
                batch.Track();
            _support.Enqueue(newest);
        });
    }

    internal static ObjectiveCost Cost(ObjectivePlan plan, EncoderCost encoder)
    {
        var width = (long)encoder.Width;
        var (hidden, output, prediction, queue) = ((long)plan.ProjectionHidden!.Value, (long)plan.ProjectionWidth!.Value, (long)plan.PredictionHidden, (long)plan.Queue!.Value);
        var parameters = Layer(width, hidden) + Layer(hidden, hidden) + Layer(hidden, output) + 2 * (2 * hidden + output) + Layer(output, prediction) + 2 * prediction + Layer(prediction, output);
        var head = BlockCost.Product(1, width, hidden) + BlockCost.Product(1, hidden, hidden) + BlockCost.Product(1, hidden, output) + 2 * BlockCost.Product(1, output, prediction);
        var clip = ViewCount * (head * BlockCost.Step + BlockCost.Product(1, output, queue));
        return new ObjectiveCost(parameters, ViewCount * encoder.Flops * BlockCost.Step + clip, ViewCount * encoder.Activations, (double)queue * output);

        static long Layer(long inputs, long outputs) => outputs * (inputs + 1);
    }

    /// <summary>The row of the support set that each projection is most similar to.</summary>
    Tensor Neighbours(Tensor projections)
    {
        using var _ = no_grad();
        var similarities = Direction.Of(projections.detach()).matmul(_support.Rows.t());
        return _support.Rows.index_select(0, similarities.argmax(1));
    }

    /// <summary>Cross-entropy of telling each neighbour's own prediction from the others, summed.</summary>
    Tensor Contrast(Tensor neighbours, Tensor predictions)
    {
        var logits = neighbours.matmul(Direction.Of(predictions).t()) / _temperature;
        return nn.functional.cross_entropy(logits, arange(logits.shape[0], ScalarType.Int64, logits.device), reduction: nn.Reduction.Sum);
    }
}
