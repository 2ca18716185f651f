namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// Masked prediction and contrast in one stage, without a decoder: the features that a slowly moving teacher gives hidden tokens are predicted in their place (Zhou et al.,
/// "iBOT: Image BERT Pre-Training with Online Tokenizer", ICLR 2022), and those of a clip from its other view (Caron et al., "Emerging Properties in Self-Supervised Vision
/// Transformers", ICCV 2021). Both are distributions over prototypes; the teacher's are centred and sharpened. Tokens hidden in some views alone, one head for both losses and
/// a centre of hidden tokens alone as in DINOv2 (Oquab et al., TMLR 2024); in place of a class token stands the mean of a clip's tokens, as in iBOT on Swin.
/// </summary>
public sealed class MaskedFeatures : EarlierStepsObjective
{
    [Kind("masked_features", "a teacher's features predicted at hidden tokens, and of a clip's other view (iBOT; Zhou et al., ICLR 2022)")]
    public sealed record Settings : ObjectiveSettings, IWholeMasking
    {
        [Description("which parts are masked")]
        public SkeletonMasking Masking { get; init; } = SkeletonMasking.SpatialTemporal;

        [Description("part of the joints masked in all frames"), Range(0.001, 0.999)]
        [UsedBy(nameof(Masking), SkeletonMasking.Joint, SkeletonMasking.SpatialTemporal)]
        public double JointRatio { get; init; } = 0.5;

        [Description("part of the frames masked whole"), Range(0.001, 0.999)]
        [UsedBy(nameof(Masking), SkeletonMasking.Frame, SkeletonMasking.SpatialTemporal)]
        public double FrameRatio { get; init; } = 0.5;

        [Description("what the student's similarities are divided by"), Range(0.01, 100)]
        public double Temperature { get; init; } = 0.1;

        [Description("what the teacher's similarities are divided by"), Range(0.001, 100)]
        public double TeacherTemperature { get; init; } = 0.04;

        [Description("part of itself that the teacher keeps at every step; the rest comes from the encoder"), Range(0, 0.999999)]
        public double Momentum { get; init; } = 0.999;

        [Description("hidden width of the projection head"), Range(1, 65536)]
        public int ProjectionHidden { get; init; } = 2048;

        [Description("numbers that a view is compared by"), Range(1, 8192)]
        public int ProjectionWidth { get; init; } = 256;

        [Description("directions that a view or a hidden token is told by"), Range(2, 1_048_576)]
        public int Prototypes { get; init; } = 8192;

        [Description("chance that a view has hidden tokens"), Range(0, 1)]
        public double MaskProbability { get; init; } = 0.5;

        [Description("weight of the hidden tokens' loss beside the views'; 0 leaves DINO without local views"), Range(0, 1000)]
        public double MaskedWeight { get; init; } = 1;

        public override int ClipViews => ViewCount;

        // Chance decides which views have hidden tokens, and all of them may.
        public override ObjectiveSettings AtMost => this with { MaskProbability = 1 };

        public override Objective Create(ObjectiveContext context) =>
            new MaskedFeatures(this, context.Encoder<SkeletonTransformer>(), context.Encoder<SkeletonTransformer>(), context.Seed);

        public override IEnumerable<(string Path, string Message)> Problems(Plan plan, DataShape? shape) =>
            SkeletonTransformer.HidingProblems(this, plan, shape, grid => WholeMasking.Problems(this, grid));
    }

    public const int ViewCount = 2;
    const double CentreMomentum = 0.9;

    readonly SkeletonTransformer _encoder, _teacher;
    readonly PrototypeHead _head, _teacherHead;
    readonly Parameter _maskToken;
    readonly Tensor _centre, _hiddenCentre;
    readonly MovingAverage _average;
    readonly WholeMasking _masking;
    readonly int _width;
    readonly double _temperature, _teacherTemperature, _momentum, _maskProbability, _maskedWeight;

    /// <param name="plan">resolved</param>
    /// <param name="teacher">like <paramref name="encoder"/>, with the same weights</param>
    /// <exception cref="InputException">The ratios keep or mask nothing.</exception>
    public MaskedFeatures(Settings plan, SkeletonTransformer encoder, SkeletonTransformer teacher, ulong seed) : base(nameof(MaskedFeatures), encoder)
    {
        (_encoder, _teacher, _masking) = (encoder, teacher, WholeMasking.Of(plan, encoder.Grid));
        (_temperature, _teacherTemperature, _momentum) = (plan.Temperature, plan.TeacherTemperature, plan.Momentum);
        (_maskProbability, _maskedWeight, _width) = (plan.MaskProbability, plan.MaskedWeight, plan.ProjectionWidth);

        // Initial weights are a function of seed and name, so teacher and student begin alike.
        _head = new PrototypeHead(encoder.Width, plan.ProjectionHidden, _width, plan.Prototypes, seed);
        _teacherHead = new PrototypeHead(encoder.Width, plan.ProjectionHidden, _width, plan.Prototypes, seed);
        _maskToken = new Parameter(zeros(1, encoder.Width));
        register_parameter("mask_token", _maskToken);
        register_module("head", _head);
        register_module("teacher", _teacher);
        register_module("teacher_head", _teacherHead);
        Weights = [.. encoder.Weights, .. _head.Weights, ("mask_token", _maskToken)];

        (string Name, Parameter Parameter)[] teachers = [.. _teacher.Weights, .. _teacherHead.Weights];
        _average = new MovingAverage(teachers, Weights);
        (_centre, _hiddenCentre) = (zeros(plan.Prototypes).DetachFromDisposeScope(), zeros(plan.Prototypes).DetachFromDisposeScope());
        register_buffer("center", _centre);
        register_buffer("center2", _hiddenCentre);
        Buffers = [.. teachers.Select(weight => ("teacher." + weight.Name, (Tensor)weight.Parameter)), ("center", _centre), ("center2", _hiddenCentre)];
    }

    public override int Views => ViewCount;
    public override NamedWeights Weights { get; }
    public override NamedState Buffers { get; }

    /// <summary>The mean direction of a clip's views under the teacher's head, the sum of those of its hidden tokens, and the number of these: all that the centres need.</summary>
    public override int KeyWidth => 2 * _width + 1;

    /// <summary>Both losses of each clip, summed; the count is the number of clips.</summary>
    public override (LossSum Loss, Tensor Keys) ForwardWithKeys(Tensor clips, CounterRandom random, ICollection<Tensor>? statistics = null)
    {
        var views = ViewCount * (int)clips.shape[1];
        var uniform = new float[views * clips.shape[2] * _masking.NoisePerSample];
        for (var i = 0; i < uniform.Length; i++)
            uniform[i] = random.NextSingle();
        var masked = new bool[views];
        for (var i = 0; i < masked.Length; i++)
            masked[i] = random.NextSingle() < _maskProbability;
        return Forward(clips, tensor(uniform, [uniform.Length / _masking.NoisePerSample, _masking.NoisePerSample]).to(clips.device), masked, training ? new DropoutNoise(random) : null);
    }

    /// <summary>The same with the masks' noise handed in, as parity tests need it.</summary>
    /// <param name="clips">[2, clips, persons, frames, joints, 3]</param>
    /// <param name="noise">[2 * clips * persons, numbers of a person's mask]</param>
    /// <param name="masked">which views have hidden tokens, [2 * clips], the first views first</param>
    internal (LossSum Loss, Tensor Keys) Forward(Tensor clips, Tensor noise, bool[] masked, DropoutNoise? dropout)
    {
        var (grid, n, persons) = (_encoder.Grid, clips.shape[1], clips.shape[2]);
        var patches = grid.Split(clips.reshape(-1, grid.FrameCount, grid.JointCount, 3));
        // Tokens of a view are those of its persons, one after another.
        var firstTokens = (arange(persons, ScalarType.Int64, clips.device) * grid.Tokens).reshape(1, persons, 1);
        var hidden = (_masking.Mask(noise).Masked.reshape(masked.Length, persons, -1) + firstTokens).reshape(masked.Length, -1);
        var isMasked = tensor(masked.Select(view => view ? 1f : 0f).ToArray(), [masked.Length, 1]).to(patches.dtype, clips.device);
        var chosen = tensor(Enumerable.Range(0, masked.Length).Where(view => masked[view]).Select(view => (long)view).ToArray()).to(clips.device);
        var none = zeros(masked.Length, persons * grid.Tokens, dtype: patches.dtype, device: clips.device);
        var behind = none.scatter(1, hidden, ones_like(none)) * isMasked;

        var student = InViews(_encoder.EncodeBehind(patches, behind.reshape(-1, grid.Tokens, 1), _maskToken, dropout));
        var clipLogits = _head.Logits(_head.Directions(student.mean([1])));
        var hiddenLogits = _head.Logits(_head.Directions(Hidden(student)));
        Tensor clipTargets, hiddenTargets, keys;
        using (no_grad())
        {
            var teacher = InViews(_teacher.Encode(patches, kept: null, noise: null));
            var (ofViews, ofHidden) = (_teacherHead.Directions(teacher.mean([1])), _teacherHead.Directions(Hidden(teacher)));
            clipTargets = Sharpened(_teacherHead.Logits(ofViews), _centre);
            hiddenTargets = Sharpened(_teacherHead.Logits(ofHidden), _hiddenCentre);
            var sums = zeros_like(ofViews).index_copy_(0, chosen, ofHidden.reshape(chosen.shape[0], hidden.shape[1], _width).sum(1));
            keys = cat([ofViews / ViewCount, sums, isMasked * hidden.shape[1]], 1).reshape(ViewCount, n, KeyWidth).sum([0]);
        }

        var ofOtherView = cat([clipTargets.narrow(0, n, n), clipTargets.narrow(0, 0, n)], 0);
        var contrast = CrossEntropy(ofOtherView, clipLogits) / ViewCount;
        var prediction = CrossEntropy(hiddenTargets, hiddenLogits) / (double)(ViewCount * hidden.shape[1]);
        return (new LossSum(contrast + _maskedWeight * prediction, n), keys);

        Tensor InViews(Tensor tokens) => tokens.reshape(masked.Length, -1, _encoder.Width);

        Tensor Hidden(Tensor tokens) => TokenMask.Take(tokens.index_select(0, chosen), hidden.index_select(0, chosen)).reshape(-1, _encoder.Width);
    }

    /// <summary>Takes the step into the centres, then moves the teacher towards the student.</summary>
    public override void AfterStep(Tensor keys)
    {
        using var _ = no_grad();
        var hidden = keys.select(1, 2 * _width).sum();
        Move(_centre, keys.narrow(1, 0, _width).mean([0], keepdim: true));
        if (hidden.ToDouble() > 0)
            Move(_hiddenCentre, keys.narrow(1, _width, _width).sum([0], keepdim: true) / hidden);
        _average.Follow(_momentum);

        void Move(Tensor centre, Tensor direction) => centre.mul_(CentreMomentum).add_(_teacherHead.Logits(direction).view(-1), 1 - CentreMomentum);
    }

    /// <summary>The teacher's distribution over prototypes: centred, so that none is everybody's, and sharpened, so that not all are equal.</summary>
    Tensor Sharpened(Tensor logits, Tensor centre)
    {
        using var scope = NewDisposeScope();
        return nn.functional.softmax((Widened.Of(logits) - centre) / _teacherTemperature, -1).MoveToOuterDisposeScope();
    }

    /// <summary>Summed over rows; targets are distributions.</summary>
    Tensor CrossEntropy(Tensor targets, Tensor logits)
    {
        using var scope = NewDisposeScope();
        return (-(targets * nn.functional.log_softmax(Widened.Of(logits) / _temperature, -1)).sum()).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// The projection head of DINO (Caron et al., "Emerging Properties in Self-Supervised Vision Transformers", ICCV 2021): three linear layers with GELU between them, a
/// direction, and its cosine with each prototype. Names are those of the public code, whose last layer is weight-normalised with its length held at 1.
/// </summary>
sealed class PrototypeHead : nn.Module
{
    const double Deviation = 0.02;

    readonly NumberedLayers mlp;
    readonly Prototypes last_layer;
    readonly Linear[] _layers;

    public PrototypeHead(long width, long hidden, long bottleneck, long prototypes, ulong seed) : base(nameof(PrototypeHead))
    {
        _layers = [nn.Linear(width, hidden), nn.Linear(hidden, hidden), nn.Linear(hidden, bottleneck)];
        mlp = new NumberedLayers([.. _layers.Select((layer, i) => (2 * i, (nn.Module)layer))]);
        last_layer = new Prototypes(prototypes, bottleneck);
        RegisterComponents();
        Weights = this.Named("head.");
        Initialization.Fill(Weights, seed, (name, weight) =>
            weight.shape.Length == 1 ? Initialization.Constant(0)
            : name == "head.last_layer.weight_v" ? Initialization.Uniform(1 / Math.Sqrt(bottleneck))
            : Initialization.Normal(0, Deviation));
    }

    public NamedWeights Weights { get; }

    /// <param name="x">[n, width]</param>
    /// <returns>[n, bottleneck], each of length 1</returns>
    public Tensor Directions(Tensor x)
    {
        for (var i = 0; i < _layers.Length; i++)
            x = _layers[i].forward(i == 0 ? x : nn.functional.gelu(x));
        return Direction.Of(x);
    }

    /// <param name="directions">[n, bottleneck]; their mean has the mean of their logits, as the last layer is linear</param>
    /// <returns>[n, prototypes]</returns>
    public Tensor Logits(Tensor directions) => directions.matmul(Direction.Of(last_layer.weight_v).t());

    sealed class Prototypes : nn.Module
    {
        public readonly Parameter weight_v;

        public Prototypes(long prototypes, long width) : base(nameof(Prototypes))
        {
            weight_v = new Parameter(zeros(prototypes, width));
            RegisterComponents();
        }
    }
}
