namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// An encoder with its projection head, which give queries, and a slowly moving average of both, which gives keys; the keys of earlier steps are remembered
/// (He et al., "Momentum Contrast for Unsupervised Visual Representation Learning", CVPR 2020).
/// </summary>
sealed class MomentumPair : nn.Module
{
    readonly SkeletonEncoder _encoder;
    readonly MomentumHead _head, _keyHead;
    readonly FeatureQueue _queue;
    readonly MovingAverage _average;

    /// <param name="encoder">registered by the objective that trains it</param>
    /// <param name="keyEncoder">like <paramref name="encoder"/>, with the same weights</param>
    /// <param name="hidden">width of the head's hidden layer</param>
    /// <param name="width">of queries and keys</param>
    /// <param name="queue">keys that are remembered</param>
    /// <param name="prefix">of all names</param>
    public MomentumPair(SkeletonEncoder encoder, SkeletonEncoder keyEncoder, int hidden, int width, int queue, ulong seed, string prefix = "") : base(nameof(MomentumPair))
    {
        (_encoder, KeyEncoder) = (encoder, keyEncoder);
        _head = new MomentumHead(encoder.Width, hidden, width, seed, prefix);
        // Initial weights are a function of seed and name, so the same seed begins with the same weights.
        _keyHead = new MomentumHead(encoder.Width, hidden, width, seed, prefix);
        _queue = new FeatureQueue(queue, width, seed, prefix);
        register_module("head", _head);
        register_module("key_encoder", KeyEncoder);
        register_module("key_head", _keyHead);
        register_module("queue", _queue);

        Weights = [.. encoder.Weights.Select(weight => (prefix + weight.Name, weight.Parameter)), .. _head.Weights.Select(weight => (prefix + weight.Name, weight.Parameter))];
        (string Name, Parameter Parameter)[] keys = [.. KeyEncoder.Weights, .. _keyHead.Weights];
        _average = new MovingAverage(keys, Weights);
        Buffers =
        [
            .. keys.Select(key => (prefix + "key." + key.Name, (Tensor)key.Parameter)),
            .. KeyEncoder.Buffers.Select(buffer => (prefix + "key." + buffer.Name, buffer.Value)),
            .. _queue.Buffers.Select(buffer => (prefix + buffer.Name, buffer.Value)),
        ];
    }

    public SkeletonEncoder KeyEncoder { get; }

    /// <summary>The encoder's, then the head's.</summary>
    public NamedWeights Weights { get; }

    /// <summary>The moving average and what is remembered.</summary>
    public NamedState Buffers { get; }

    /// <summary>Keys of earlier steps: [queue, width]</summary>
    public Tensor Remembered => _queue.Rows;

    /// <param name="clips">[n, persons, frames, joints, 3]</param>
    /// <returns>[n, width], each of length 1</returns>
    public Tensor Queries(Tensor clips, TrainingPass? pass) => Direction.Of(_head.forward(_encoder.Features(clips, pass)));

    /// <summary>As <see cref="Queries"/>, by the moving average and without a graph.</summary>
    public Tensor Keys(Tensor clips, TrainingPass? pass)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return Direction.Of(_keyHead.forward(KeyEncoder.Features(clips, pass))).MoveToOuterDisposeScope();
    }

    /// <summary>Moves the average towards the trained weights, then remembers a step's keys.</summary>
    /// <param name="keys">[n, width]</param>
    public void AfterStep(Tensor keys, double momentum)
    {
        _average.Follow(momentum);
        _queue.Enqueue(keys);
    }

    /// <summary>Linear, ReLU, linear.</summary>
    sealed class MomentumHead : nn.Module<Tensor, Tensor>
    {
        readonly Linear fc1;
        readonly Linear fc2;

        public MomentumHead(long width, long hidden, long output, ulong seed, string stream) : base(nameof(MomentumHead))
        {
            fc1 = nn.Linear(width, hidden);
            fc2 = nn.Linear(hidden, output);
            RegisterComponents();
            Weights = this.Named("head.");
            Initialization.Fill([.. Weights.Select(weight => (stream + weight.Name, weight.Parameter))], seed);
        }

        public NamedWeights Weights { get; }

        public override Tensor forward(Tensor x) => fc2.forward(nn.functional.relu(fc1.forward(x)));
    }
}
