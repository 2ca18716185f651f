namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// SkeAttnCLR: attention parts the features of a clip into salient ones and the rest, and each part must be nearer to the same part of the clip's other view than to
/// what is remembered and to the other part; beside that, whole clips are contrasted as in MoCo (Hua et al., "Part Aware Contrastive Learning for Self-Supervised Action
/// Recognition", IJCAI 2023). Attention looks at clips of which body parts are swapped with another clip's for a while.
/// </summary>
/// <remarks>
/// Norms of neck and predictors take a micro-batch's own statistics and keep none. The public code remembers keys of both parts, too, and never reads them; here they are not kept.
/// </remarks>
public sealed class SkeletonAttentionContrast : EarlierStepsObjective
{
    [Kind("skeattnclr", "contrast of whole clips, and of their salient and other features that attention tells apart (SkeAttnCLR; Hua et al., IJCAI 2023)")]
    public sealed record Settings : ObjectiveSettings
    {
        [Description("what similarities are divided by"), Range(0.01, 100)]
        public double Temperature { get; init; } = 0.2;

        [Description("views of earlier steps that are remembered, at least a batch"), Range(1, 16_777_216)]
        public int Queue { get; init; } = 32768;

        [Description("part of itself that the momentum encoder keeps at every step; the rest comes from the encoder"), Range(0, 0.999999)]
        public double Momentum { get; init; } = 0.999;

        [Description("hidden width of the projection head"), Range(1, 65536), UnsetMeans("encoder.width")]
        public int? ProjectionHidden { get; init; }

        [Description("numbers that a view is compared by"), Range(1, 8192)]
        public int ProjectionWidth { get; init; } = 128;

        [Description("heads of the attention that finds salient features; divides encoder.width"), Range(1, 128)]
        public int MaskHeads { get; init; } = 8;

        [Description("what attention is multiplied by before the sigmoid that parts salient features from the others (Lambda)"), Range(0.01, 100)]
        public double MaskSharpness { get; init; } = 2;

        [Description("weight of the salient features' loss beside the whole clip's; that of the others has the rest to 1"), Range(0, 1)]
        public double SalientWeight { get; init; } = 0.5;

        [Description("what attention sees of another clip")]
        public SwapSettings Swap { get; init; } = new();

        public override int ClipViews => ViewCount;

        public override ObjectivePlan Resolve(EncoderPlan encoder, int frames) =>
            encoder is StGcn.Settings graph ? this with { ProjectionHidden = ProjectionHidden ?? graph.Width } : this;

        public override Objective Create(ObjectiveContext context) =>
            new SkeletonAttentionContrast(this, context.Encoder<StGcn>(), context.Encoder<StGcn>(), context.Seed);

        public override IEnumerable<(string Path, string Message)> Problems(Plan plan, DataShape? shape)
        {
            var (steps, batch) = (StGcn.Steps(plan.View.Frames), plan.Training.Batch);
            foreach (var problem in FeatureQueue.Problems(Queue, plan))
                yield return problem;
            if (plan.Encoder is not StGcn.Settings encoder)
                yield return ("encoder.kind", $"st_gcn is expected where objective.kind is skeattnclr, not {plan.Encoder.Kind}: attention looks at its features of every joint");
            else if (encoder.Width % MaskHeads != 0)
                yield return ("objective.mask_heads", $"a divisor of encoder.width, {encoder.Width}, is expected, not {MaskHeads}");
            if (Swap.MinParts > Swap.MaxParts)
                yield return ("objective.swap.min_parts", $"at most max_parts, {Swap.MaxParts}, is expected, not {Swap.MinParts}");
            if (Swap.MinSteps > Swap.MaxSteps)
                yield return ("objective.swap.min_steps", $"at most max_steps, {Swap.MaxSteps}, is expected, not {Swap.MinSteps}");
            if (Swap.MaxSteps > steps)
                yield return ("objective.swap.max_steps", $"at most the {steps} steps of a view of {plan.View.Frames} frames are expected, not {Swap.MaxSteps}");
            if (batch.Clips / batch.MicroBatches < 2)
                yield return ("training.batch.micro_batches", $"at least 2 clips in each are expected for skeattnclr, not {batch.Clips / batch.MicroBatches}: parts are swapped between them");
        }
    }

    /// <summary>How much of a clip is swapped with another one's; both numbers are drawn for each micro-batch.</summary>
    public sealed record SwapSettings
    {
        [Description("fewest body parts: trunk, limbs"), Range(1, 64)]
        public int MinParts { get; init; } = 3;

        [Description("most body parts"), Range(1, 64)]
        public int MaxParts { get; init; } = 4;

        [Description("shortest time, in steps of 4 frames"), Range(1, 1024)]
        public int MinSteps { get; init; } = 4;

        [Description("longest time, in steps of 4 frames"), Range(1, 1024)]
        public int MaxSteps { get; init; } = 7;
    }

    public const int ViewCount = 2;

    readonly StGcn _encoder, _keyEncoder;
    readonly AttentionNeck _neck, _keyNeck;
    readonly Perceptron _predictor, _salientPredictor, _otherPredictor;
    readonly FeatureQueue _queue;
    readonly MovingAverage _average;
    readonly PartSwap _swap;
    readonly double _temperature, _momentum, _salient;

    /// <param name="plan">resolved</param>
    /// <param name="keyEncoder">like <paramref name="encoder"/>, with the same weights</param>
    public SkeletonAttentionContrast(Settings plan, StGcn encoder, StGcn keyEncoder, ulong seed) : base(nameof(SkeletonAttentionContrast), encoder)
    {
        (_encoder, _keyEncoder, KeyWidth) = (encoder, keyEncoder, plan.ProjectionWidth);
        (_temperature, _momentum, _salient) = (plan.Temperature, plan.Momentum, plan.SalientWeight);
        _swap = new PartSwap(plan.Swap, encoder.Layout);
        var hidden = plan.ProjectionHidden!.Value;
        _neck = Neck();
        _keyNeck = Neck();
        (_predictor, _salientPredictor, _otherPredictor) = (Predictor(), Predictor(), Predictor());
        _queue = new FeatureQueue(plan.Queue, KeyWidth, seed);
        foreach (var (name, module) in new (string, nn.Module)[] { ("neck", _neck), ("predictor", _predictor), ("predictor_s", _salientPredictor), ("predictor_ns", _otherPredictor), ("key_encoder", _keyEncoder), ("key_neck", _keyNeck), ("queue", _queue) })
            register_module(name, module);

        Weights =
        [
            .. encoder.Weights, .. Named("head.neck.", _neck.Weights),
            .. Named("head.predictor.", _predictor.Weights), .. Named("head.predictor_s.", _salientPredictor.Weights), .. Named("head.predictor_ns.", _otherPredictor.Weights),
        ];
        Initialization.Fill([.. Weights.Skip(encoder.Weights.Count)], seed, Distribution);
        (string Name, Parameter Parameter)[] keys = [.. _keyEncoder.Weights, .. Named("head.neck.", _keyNeck.Weights)];
        Initialization.Fill([.. keys.Skip(encoder.Weights.Count)], seed, Distribution);
        _average = new MovingAverage(keys, Weights);
        Buffers = [.. keys.Select(key => ("key." + key.Name, (Tensor)key.Parameter)), .. _keyEncoder.Buffers.Select(buffer => ("key." + buffer.Name, buffer.Value)), .. _queue.Buffers];

        AttentionNeck Neck() => new(encoder.Width, hidden, KeyWidth, plan.MaskHeads, plan.MaskSharpness);
        Perceptron Predictor() => new(KeyWidth, hidden, KeyWidth);
    }

    public override int Views => ViewCount;
    public override int KeyWidth { get; }
    public override IReadOnlyList<SkeletonEncoder> Passes => [_encoder, _encoder, _keyEncoder];
    public override NamedWeights Weights { get; }
    public override NamedState Buffers { get; }

    /// <summary>The three losses of each clip, summed; the count is the number of clips. The first view gives queries, the second keys.</summary>
    public override (LossSum Loss, Tensor Keys) ForwardWithKeys(Tensor clips, CounterRandom random, ICollection<Tensor>? statistics = null)
    {
        var queries = clips.select(0, 0);
        var swapped = _swap.Apply(queries, ref random);
        return Contrast(queries, swapped, clips.select(0, 1), training ? new TrainingPass(random, statistics) : null);
    }

    /// <summary>The same with the swapped clips handed in, as a parity test needs it.</summary>
    /// <param name="queries">[clips, persons, frames, joints, 3]</param>
    internal (LossSum Loss, Tensor Keys) Contrast(Tensor queries, Tensor swapped, Tensor keys, TrainingPass? pass)
    {
        var clips = queries.shape[0];
        var whole = Direction.Of(_predictor.Forward(_neck.Whole(_encoder.FeatureMap(queries, pass), clips)));
        var map = _encoder.FeatureMap(swapped, pass);
        var mask = _neck.Mask(map);
        var (salient, other) = _neck.Parts(map, mask, clips);
        (salient, other) = (Direction.Of(_salientPredictor.Forward(salient)), Direction.Of(_otherPredictor.Forward(other)));

        Tensor wholeKeys, salientKeys, otherKeys;
        using (no_grad())
        {
            var keyMap = _keyEncoder.FeatureMap(keys, pass);
            wholeKeys = Direction.Of(_keyNeck.Whole(keyMap, clips));
            (salientKeys, otherKeys) = _keyNeck.Parts(keyMap, mask, clips);
            (salientKeys, otherKeys) = (Direction.Of(salientKeys), Direction.Of(otherKeys));
        }
        var loss = InfoNce.Sum(whole, wholeKeys, _queue.Rows, _temperature)
            + InfoNce.Sum(salient, salientKeys, _queue.Rows, _temperature, own: other.detach()) * _salient
            + InfoNce.Sum(other, otherKeys, _queue.Rows, _temperature, own: salient.detach()) * (1 - _salient);
        return (new LossSum(loss, clips), wholeKeys);
    }

    /// <summary>Moves the key encoder towards the encoder, by less and less until the run's end, then remembers the keys of whole clips.</summary>
    public override void AfterStep(Tensor keys)
    {
        _average.Follow(1 - (1 - _momentum) * (Math.Cos(Math.PI * Progress) + 1) / 2);
        _queue.Enqueue(keys);
    }

    static IEnumerable<(string, Parameter)> Named(string prefix, IEnumerable<(string Name, Parameter Parameter)> weights) => weights.Select(weight => (prefix + weight.Name, weight.Parameter));

    // As the public pretraining draws them.
    static Initialization.Draw Distribution(string name, Tensor weight) =>
        name.EndsWith(".bias", StringComparison.Ordinal) ? Initialization.Constant(0)
        : name == "head.neck.norm0.weight" ? Initialization.Constant(1)
        : Initialization.Normal(weight.shape.Length == 1 ? 1 : 0, 0.02);

    /// <summary>Projections of a whole clip, and of the parts that attention finds in it.</summary>
    sealed class AttentionNeck : nn.Module
    {
        readonly LayerNorm norm0;
        readonly Attention Attn;
        readonly Perceptron proj;
        readonly double _sharpness;

        public AttentionNeck(int width, int hidden, int output, int heads, double sharpness) : base(nameof(AttentionNeck))
        {
            norm0 = nn.LayerNorm(width);
            Attn = new Attention(width, heads, dropout: 0, attentionDropout: 0);
            proj = new Perceptron(width, hidden, output);
            _sharpness = sharpness;
            RegisterComponents();
            Weights = [.. new (string Name, nn.Module Module)[] { ("norm0.", norm0), ("Attn.", Attn) }.SelectMany(part => part.Module.named_parameters().Select(weight => (part.Name + weight.name, weight.parameter))), .. Named("proj.", proj.Weights)];
        }

        public NamedWeights Weights { get; }

        /// <param name="map">[clips * persons, width, steps, joints]</param>
        /// <returns>[clips, output]</returns>
        public Tensor Whole(Tensor map, long clips) => proj.Forward(OfClips(map.mean([2, 3]), clips));

        /// <summary>How salient each feature is, between 0 and 1.</summary>
        /// <param name="map">[clips * persons, width, steps, joints]</param>
        /// <returns>[clips * persons, steps * joints, width]</returns>
        public Tensor Mask(Tensor map) => (Attn.Forward(norm0.forward(Tokens(map)), first: 0, noise: null) * _sharpness).sigmoid();

        /// <returns>salient and other features, [clips, output] each</returns>
        public (Tensor Salient, Tensor Other) Parts(Tensor map, Tensor mask, long clips)
        {
            var tokens = Tokens(map);
            return (Projected(tokens * mask), Projected(tokens * (1 - mask)));

            Tensor Projected(Tensor part) => proj.Forward(OfClips(part.mean([1]), clips));
        }

        static Tensor Tokens(Tensor map) => Widened.Of(map).flatten(2).transpose(1, 2);

        static Tensor OfClips(Tensor persons, long clips) => persons.reshape(clips, -1, persons.shape[1]).mean([1]);
    }

    /// <summary>Linear, batch norm over the micro-batch, ReLU, linear; under the public names, which are those of convolutions of one element.</summary>
    sealed class Perceptron : nn.Module
    {
        const double Epsilon = 1e-5;

        readonly Parameter inner;
        readonly Parameter scale;
        readonly Parameter shift;
        readonly Parameter outer;

        public Perceptron(long width, long hidden, long output) : base(nameof(Perceptron))
        {
            inner = new Parameter(zeros(hidden, width, 1));
            scale = new Parameter(ones(hidden));
            shift = new Parameter(zeros(hidden));
            outer = new Parameter(zeros(output, hidden, 1));
            RegisterComponents();
        }

        public NamedWeights Weights => [("mlp.0.weight", inner), ("mlp.1.weight", scale), ("mlp.1.bias", shift), ("mlp.3.weight", outer)];

        /// <param name="x">[clips, width]</param>
        public Tensor Forward(Tensor x)
        {
            x = Widened.Of(nn.functional.linear(x, inner.squeeze(2)));
            // Running statistics are left behind; TorchSharp 0.99.6 cannot do without any.
            x = nn.functional.batch_norm(x, zeros_like(scale), ones_like(scale), scale, shift, training: true, 0.1, Epsilon);
            return nn.functional.linear(nn.functional.relu(x), outer.squeeze(2));
        }
    }

    /// <summary>Some body parts of a micro-batch's clips, over some time, taken from another clip of it.</summary>
    internal sealed class PartSwap(SwapSettings plan, JointLayout layout)
    {
        readonly int[][] _parts = BodyParts.Of(layout);

        /// <param name="clips">[clips, persons, frames, joints, 3]</param>
        public Tensor Apply(Tensor clips, ref CounterRandom random)
        {
            var (count, frames, joints) = (clips.shape[0], (int)clips.shape[2], (int)clips.shape[3]);
            var shift = count > 1 ? 1 + random.Next((int)count - 1) : 0;
            var order = Enumerable.Range(0, _parts.Length).ToArray();
            random.Shuffle<int>(order);
            var parts = Math.Min(_parts.Length, plan.MinParts + random.Next(plan.MaxParts - plan.MinParts + 1));
            var steps = plan.MinSteps + random.Next(plan.MaxSteps - plan.MinSteps + 1);
            var start = random.Next(StGcn.Steps(frames) - steps + 1) * StGcn.StepFrames;
            var end = Math.Min(frames, start + steps * StGcn.StepFrames);

            var taken = new float[frames * joints];
            foreach (var joint in order[..parts].SelectMany(part => _parts[part]))
            {
                for (var frame = start; frame < end; frame++)
                    taken[frame * joints + joint] = 1;
            }
            var others = cat([clips.narrow(0, shift, count - shift), clips.narrow(0, 0, shift)], 0);
            return where(tensor(taken, [1, 1, frames, joints, 1]).to(clips.device).ne(0), others, clips);
        }
    }
}
