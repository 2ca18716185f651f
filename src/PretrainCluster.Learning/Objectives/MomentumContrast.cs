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

    readonly MomentumHead _head, _keyHead;
    readonly SkeletonEncoder _keyEncoder;
    readonly MovingAverage _average;
    readonly FeatureQueue _queue;
    readonly double _temperature;

    /// <param name="plan">resolved</param>
    /// <param name="keyEncoder">like <paramref name="encoder"/>, with the same weights</param>
    public MomentumContrast(ObjectivePlan plan, SkeletonEncoder encoder, SkeletonEncoder keyEncoder, ulong seed) : base(nameof(MomentumContrast), encoder)
    {
        (_temperature, KeyWidth) = (plan.Temperature!.Value, plan.ProjectionWidth!.Value);
        _head = new MomentumHead(encoder.Width, plan.ProjectionHidden!.Value, KeyWidth, seed);
        register_module("head", _head);
        Weights = [.. encoder.Weights, .. _head.Weights];

        _keyEncoder = keyEncoder;
        // Initial weights are a function of seed and name, so the same seed begins with the same weights.
        _keyHead = new MomentumHead(encoder.Width, plan.ProjectionHidden.Value, KeyWidth, seed);
        _queue = new FeatureQueue(plan.Queue!.Value, KeyWidth, seed);
        register_module("key_encoder", _keyEncoder);
        register_module("key_head", _keyHead);
        register_module("queue", _queue);

        (string Name, Parameter Parameter)[] keys = [.. _keyEncoder.Weights, .. _keyHead.Weights];
        _average = new MovingAverage(keys, Weights, plan.Momentum);
        Buffers = [.. keys.Select(key => ("key." + key.Name, (Tensor)key.Parameter)), .. _keyEncoder.Buffers.Select(buffer => ("key." + buffer.Name, buffer.Value)), .. _queue.Buffers];
    }

    public override int Views => ViewCount;
    public override int KeyWidth { get; }
    public override IReadOnlyList<SkeletonEncoder> Passes => [Encoder, _keyEncoder];
    public override IReadOnlyList<(string Name, Parameter Parameter)> Weights { get; }
    public override IReadOnlyList<(string Name, Tensor Value)> Buffers { get; }

    /// <summary>InfoNCE of each clip, summed; the count is the number of clips. The first view gives queries, the second keys.</summary>
    public override (LossSum Loss, Tensor Keys) ForwardWithKeys(Tensor clips, CounterRandom random, ICollection<Tensor>? statistics = null)
    {
        var pass = training ? new TrainingPass(random, statistics) : null;
        var query = Direction.Of(_head.forward(Encoder.Features(clips.select(0, 0), pass)));
        Tensor key;
        using (no_grad())
            key = Direction.Of(_keyHead.forward(_keyEncoder.Features(clips.select(0, 1), pass)));

        var positive = (query * key).sum(1, keepdim: true);
        var negative = query.matmul(_queue.Rows.t());
        var logits = cat([positive, negative], 1).to(ScalarType.Float32) / _temperature;
        var first = zeros([query.shape[0]], ScalarType.Int64, query.device);
        return (new LossSum(nn.functional.cross_entropy(logits, first, reduction: nn.Reduction.Sum), query.shape[0]), key);
    }

    /// <summary>Moves the key encoder towards the encoder, then enqueues the keys.</summary>
    public override void AfterStep(Tensor keys)
    {
        using var _ = no_grad();
        _average.Follow();
        _queue.Enqueue(keys);
    }

    internal static ObjectiveCost Cost(ObjectivePlan plan, EncoderCost encoder)
    {
        var width = encoder.Width;
        var (hidden, output, queue) = ((long)plan.ProjectionHidden!.Value, (long)plan.ProjectionWidth!.Value, (long)plan.Queue!.Value);
        var parameters = hidden * (width + 1) + output * (hidden + 1);
        var head = BlockCost.Product(1, width, hidden) + BlockCost.Product(1, hidden, output);
        // The key's passes have no backward, and the queue takes no gradient.
        var clip = head * (BlockCost.Step + 1) + 2 * BlockCost.Product(1, output, queue);
        return new ObjectiveCost(parameters, encoder.Flops * (BlockCost.Step + 1) + clip, encoder.Activations, encoder.Parameters + parameters + (double)queue * output);
    }

    /// <summary>Linear, ReLU, linear.</summary>
    sealed class MomentumHead : nn.Module<Tensor, Tensor>
    {
        readonly Linear fc1;
        readonly Linear fc2;

        public MomentumHead(long width, long hidden, long output, ulong seed) : base(nameof(MomentumHead))
        {
            fc1 = nn.Linear(width, hidden);
            fc2 = nn.Linear(hidden, output);
            RegisterComponents();
            Weights = [.. named_parameters().Select(weight => ("head." + weight.name, weight.parameter))];
            Initialization.Fill(Weights, seed);
        }

        public IReadOnlyList<(string Name, Parameter Parameter)> Weights { get; }

        public override Tensor forward(Tensor x) => fc2.forward(nn.functional.relu(fc1.forward(x)));
    }
}
