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

/// <summary>Weights that take no gradient and follow trained ones slowly, as those of a momentum encoder or a teacher do. What is trained no more is not followed.</summary>
sealed class MovingAverage
{
    readonly (Tensor Slow, Tensor Fast)[] _pairs;

    /// <param name="slow">from now on they take no gradient</param>
    /// <param name="fast">in the same order, and with the same values; there may be more of them</param>
    public MovingAverage(NamedWeights slow, NamedWeights fast)
    {
        foreach (var (_, parameter) in slow)
            parameter.requires_grad_(false);
        _pairs = [.. slow.Zip(fast, (one, other) => (Slow: (Tensor)one.Parameter, Fast: (Tensor)other.Parameter)).Where(pair => pair.Fast.requires_grad)];
    }

    /// <summary>One step towards the trained weights.</summary>
    /// <param name="momentum">part of itself that a weight keeps</param>
    public void Follow(double momentum)
    {
        using var _ = no_grad();
        foreach (var (slow, fast) in _pairs)
            slow.mul_(momentum).add_(fast, 1 - momentum);
    }
}

/// <summary>
/// The newest projections of earlier steps, each of length 1, first in first out. It begins with random directions, as MoCo's and NNCLR's do,
/// so it is full from the first step on.
/// </summary>
sealed class FeatureQueue : nn.Module
{
    const string Name = "queue";
    const long NoSample = -1;

    readonly Tensor queue;
    readonly Tensor position;
    readonly Tensor? samples;

    /// <param name="stream">goes before the name of its initial values' stream; two queues of one seed begin alike where it is the same</param>
    /// <param name="withSamples">whether each row knows the clip that it is of</param>
    public FeatureQueue(int size, int width, ulong seed, string stream = "", bool withSamples = false) : base(nameof(FeatureQueue))
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        if (withSamples)
            samples = full([size], NoSample, ScalarType.Int64).DetachFromDisposeScope();
        queue = Direction.Of(Initialization.Gaussian(stream + Name, [size, width], seed)).DetachFromDisposeScope();
        position = zeros([], ScalarType.Int64).DetachFromDisposeScope();
        RegisterComponents();
    }

    /// <summary>What does not fit the batch of a plan whose objective remembers <paramref name="size"/> views.</summary>
    public static IEnumerable<(string Path, string Message)> Problems(int size, Plan plan)
    {
        if (size < plan.Training.Batch.Clips)
            yield return ("objective.queue", $"at least training.batch.clips, {plan.Training.Batch.Clips}, is expected, not {size}: a step's own views must fit");
    }

    public NamedState Buffers => [(Name, queue), ("queue_position", position), .. samples is null ? [] : new[] { ("queue_samples", samples) }];

    /// <summary>[size, width]</summary>
    public Tensor Rows => queue;

    /// <summary>The clip of each row, -1 where there is none: [size]; null where nobody asked for them.</summary>
    public Tensor? Samples => samples;

    /// <summary>Puts rows in, one after another, in the place of the oldest.</summary>
    /// <param name="rows">[n, width], each of length 1</param>
    /// <param name="of">the clip of each row; without, they are of none</param>
    public void Enqueue(Tensor rows, IReadOnlyList<long>? of = null)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var size = queue.shape[0];
        // Of more rows than there is room for, only the last would stay.
        var skipped = Math.Max(0, rows.shape[0] - size);
        var count = rows.shape[0] - skipped;
        var start = (position.item<long>() + skipped) % size;
        var first = Math.Min(count, size - start);
        Place(queue, rows);
        if (samples is not null)
            Place(samples, of is { Count: > 0 } ? tensor(of.ToArray()).to(samples.device) : full_like(rows.select(1, 0), NoSample, ScalarType.Int64));
        position.fill_((start + count) % size);

        void Place(Tensor into, Tensor values)
        {
            into.narrow(0, start, first).copy_(values.narrow(0, skipped, first));
            if (first < count)
                into.narrow(0, 0, count - first).copy_(values.narrow(0, skipped + first, count - first));
        }
    }
}
