namespace PretrainCluster.Learning.Encoders;

/// <summary>
/// The hierarchical transformer of Hi-TRS (Chen et al., "Hierarchically Self-Supervised Transformer for Human Skeleton Representation Learning", ECCV 2022): joints of a frame see each
/// other at frame level, joints of different frames of a window at clip level, windows at video level; at the upper two a token of their own takes in the whole. Persons are encoded one
/// by one; a clip's features are the mean over them of the last such token. Names are those of the authors' state dict.
/// </summary>
public sealed class HiTrs : SkeletonEncoder
{
    [Kind("hi_trs", "transformers of frames, windows and videos (Hi-TRS; Chen et al., ECCV 2022)")]
    public sealed record Settings : EncoderSettings
    {
        [Description("features of a frame's joints, even; a clip has four times as many"), Range(1, 8192)]
        public int Width { get; init; } = 256;

        [Description("layers of each of its three levels"), Range(1, 16)]
        public int Layers { get; init; } = 3;

        [Description("attention heads"), Range(1, 128)]
        public int Heads { get; init; } = 8;

        [Description("numbers that a head compares by, at every level"), Range(1, 1024)]
        public int AttentionWidth { get; init; } = 64;

        [Description("frames of a window; times joints at most 4096"), Range(1, 64)]
        public int WindowFrames { get; init; } = 7;

        [Description("frames from the beginning of a window to that of the next"), Range(1, 256)]
        public int WindowStride { get; init; } = 7;

        [Description("frames from one of a window to its next"), Range(1, 16)]
        public int WindowDilation { get; init; } = 2;

        [Description("dropout after attention and MLPs"), Range(0, 0.95)]
        public double Dropout { get; init; }

        public override int Blocks => 3 * Layers;

        public override int Features(int frames) => 4 * Width;

        public override SkeletonEncoder Create(ClipShape clip, ulong seed) => new HiTrs(this, clip, seed);

        public override IEnumerable<(string Path, string Message)> Problems(string at, int frames, DataShape? shape)
        {
            if (Width % 2 != 0)
                yield return ($"{at}.width", $"an even number is expected where kind is hi_trs, not {Width}: places are sines and cosines");
            if (FrameWindows.Of(this, frames).Cut().Count is var count && count > FrameWindows.Most)
                yield return ($"{at}.window_stride", $"a stride that cuts view.frames, {frames}, into at most {FrameWindows.Most} windows is expected, not {WindowStride}, which makes {count}");
            if (shape is not null && (long)WindowFrames * shape.Joints > FrameWindows.MostJoints)
                yield return ($"{at}.window_frames", $"at most {FrameWindows.MostJoints} joints of a window are expected, not {WindowFrames} x {shape.Joints}");
        }
    }

    readonly NumberedLayers s_input_map;
    readonly Linear c_input_map, v_input_map;
    readonly Stack s_enc, c_enc, v_enc;
    readonly Place s_pe, c_pe, v_pe;
    readonly Parameter clip_fuse_token, video_fuse_token;
    readonly Tensor _sameFrame, _windowFrames;
    readonly (Linear Linear, LayerNorm Norm) _input;
    readonly int _joints;

    /// <param name="plan">width of the frame level, heads, layers, dropout and windows</param>
    /// <param name="clip">what it will see</param>
    public HiTrs(Settings plan, ClipShape clip, ulong seed) : base(nameof(HiTrs), plan)
    {
        Windows = FrameWindows.Of(plan, clip.Frames);
        _joints = clip.Joints;
        var (frame, window, video) = (plan.Width, 2 * plan.Width, 4 * plan.Width);
        _input = (nn.Linear(3, frame), nn.LayerNorm(frame));
        s_input_map = new NumberedLayers((0, _input.Linear), (2, _input.Norm));
        c_input_map = nn.Linear(frame, window);
        v_input_map = nn.Linear(window, video);
        s_enc = new Stack(plan, frame, frame);
        c_enc = new Stack(plan, window, window / 2);
        v_enc = new Stack(plan, video, video / 2);
        s_pe = new Place(_joints, frame);
        c_pe = new Place(plan.WindowFrames, _joints, window);
        v_pe = new Place(FrameWindows.Most, video);
        clip_fuse_token = new Parameter(zeros(1, 1, window));
        video_fuse_token = new Parameter(zeros(1, 1, video));

        // Joints of one frame have met at frame level and do not see each other again.
        var tokens = plan.WindowFrames * _joints + 1;
        var unseen = new bool[tokens * tokens];
        for (var i = 0; i < tokens - 1; i++)
        {
            for (var j = i / _joints * _joints; j < (i / _joints + 1) * _joints; j++)
                unseen[i * tokens + j] = i != j;
        }
        _sameFrame = tensor(unseen, [tokens, tokens]);
        var windows = Windows.Cut();
        _windowFrames = tensor(windows.SelectMany(frames => frames).Select(index => (long)index).ToArray(), [windows.Count, plan.WindowFrames]);
        RegisterComponents();
        Weights = this.Named();
        Initialization.Fill(Weights, seed, (name, weight) => Distribution(name, weight, Weights));
    }

    /// <summary>How a view's frames are cut.</summary>
    public FrameWindows Windows { get; }

    /// <summary>[windows, frames of a window] the frames of each, among the padded ones.</summary>
    internal Tensor WindowFrames => _windowFrames;

    /// <summary>Size and rates.</summary>
    public Settings Size => (Settings)Plan;

    public override int Width => Size.Features(Windows.Frames);
    public override NamedWeights Weights { get; }

    public override string Description => $"hi_trs of width {Size.Width}, {Size.Layers} layers, {_joints} joints and windows of {Size.WindowFrames} frames";

    /// <summary>The levels' layers, one level after another; what leads to a level belongs to its first layer.</summary>
    public override int BlockOf(string name)
    {
        var level = name[0] switch { 's' => 0, 'c' => 1, _ => 2 };
        return level * Size.Layers + (NumberAfter($"{name[0]}_enc.layer_stack.", name) ?? (level == 0 ? -1 : 0));
    }

    // What the public code pretrains and classifies with.
    public override bool IsBeside(string name) => base.IsBeside(name) || name.Split('.')[0] is "s_pose_reg" or "c_motion_cls" or "v_motion_cls" or "v_ft_reg" or "v_cls";

    public override Tensor Features(Tensor clips, TrainingPass? pass)
    {
        var (n, persons) = (clips.shape[0], clips.shape[1]);
        var frames = EncodeFrames(Padded(clips.reshape(n * persons, Windows.Frames, _joints, 3)), pass?.Noise);
        var windows = EncodeWindows(TakeFrames(frames, _windowFrames.unsqueeze(0).expand(n * persons, -1, -1)), pass?.Noise);
        return EncodeVideo(windows, pass?.Noise).reshape(n, persons, -1).mean([1]);
    }

    /// <summary>The frames of a person, with empty ones at either end.</summary>
    /// <param name="persons">[n, frames, ...]</param>
    /// <returns>[n, padded frames, ...]</returns>
    internal Tensor Padded(Tensor persons)
    {
        var empty = zeros([persons.shape[0], Windows.Padding, .. persons.shape[2..]], persons.dtype, persons.device);
        return cat([empty, persons, empty], 1);
    }

    /// <summary>The frame level.</summary>
    /// <param name="persons">[n, padded frames, joints, 3]</param>
    /// <param name="noise">null in an evaluation pass</param>
    /// <returns>[n, padded frames, joints, width]</returns>
    internal Tensor EncodeFrames(Tensor persons, DropoutNoise? noise)
    {
        var x = nn.functional.gelu(_input.Linear.forward(persons.reshape(-1, _joints, 3)));
        // Under autocast the map gives bf16, and the norm's weights are fp32.
        x = _input.Norm.forward(x.to(_input.Norm.weight!.dtype));
        return s_enc.Forward(x + s_pe.pe, unseen: null, noise).reshape(persons.shape[0], persons.shape[1], _joints, -1);
    }

    /// <summary>Frames by their indices.</summary>
    /// <param name="frames">[n, padded frames, joints, width]</param>
    /// <param name="indices">[n, windows, frames of a window]</param>
    /// <returns>[n, windows, frames of a window, joints, width]</returns>
    internal Tensor TakeFrames(Tensor frames, Tensor indices)
    {
        var first = (arange(frames.shape[0], ScalarType.Int64, frames.device) * frames.shape[1]).reshape(-1, 1, 1);
        return frames.flatten(0, 1).index_select(0, (indices + first).reshape(-1)).reshape([.. indices.shape, .. frames.shape[2..]]);
    }

    /// <summary>The clip level: one vector a window.</summary>
    /// <param name="windows">[n, windows, frames of a window, joints, width]</param>
    /// <param name="noise">null in an evaluation pass</param>
    /// <returns>[n, windows, 2 * width]</returns>
    internal Tensor EncodeWindows(Tensor windows, DropoutNoise? noise)
    {
        var x = c_input_map.forward(windows.flatten(0, 1)) + c_pe.pe;
        x = cat([x.flatten(1, 2), clip_fuse_token.expand(x.shape[0], -1, -1)], 1);
        x = c_enc.Forward(x, _sameFrame, noise);
        return x.select(1, x.shape[1] - 1).reshape(windows.shape[0], windows.shape[1], -1);
    }

    /// <summary>The video level: one vector for all windows, in their order.</summary>
    /// <param name="windows">[n, windows, 2 * width]</param>
    /// <param name="noise">null in an evaluation pass</param>
    /// <returns>[n, 4 * width]</returns>
    internal Tensor EncodeVideo(Tensor windows, DropoutNoise? noise)
    {
        var x = v_input_map.forward(windows) + v_pe.pe.narrow(0, 0, windows.shape[1]);
        x = v_enc.Forward(cat([x, video_fuse_token.expand(x.shape[0], -1, -1)], 1), unseen: null, noise);
        return x.select(1, x.shape[1] - 1);
    }

    /// <summary>As the public code leaves them: torch.nn.Linear's own, sines and cosines for places, uniform tokens.</summary>
    static Initialization.Draw Distribution(string name, Tensor weight, NamedWeights weights)
    {
        if (name.EndsWith("_pe.pe", StringComparison.Ordinal))
        {
            var (places, at) = (Sinusoids(weight.shape), 0);
            return (ref _) => places[at++];
        }
        if (name.EndsWith("_fuse_token", StringComparison.Ordinal))
            return (ref random) => random.NextDouble();
        if (name.Contains("norm", StringComparison.Ordinal) || name.StartsWith("s_input_map.2.", StringComparison.Ordinal))
            return Initialization.Constant(name.EndsWith(".bias", StringComparison.Ordinal) ? 0 : 1);
        var matrix = name.EndsWith(".bias", StringComparison.Ordinal) ? weights.Single(other => other.Name == name[..^"bias".Length] + "weight").Parameter : weight;
        return Initialization.Uniform(1 / Math.Sqrt(matrix.shape[1]));
    }

    /// <summary>Of Vaswani et al. (2017) along one axis; of two, each has half of the channels, the second the first half.</summary>
    /// <param name="shape">[places, width] or [places, places, width]</param>
    static double[] Sinusoids(long[] shape)
    {
        var (rows, columns, width) = shape.Length == 2 ? (1L, shape[0], shape[1]) : (shape[0], shape[1], shape[2]);
        var half = shape.Length == 2 ? width : width / 2;
        var values = new double[rows * columns * width];
        for (var i = 0; i < values.Length; i++)
        {
            var (row, column, channel) = (i / width / columns, i / width % columns, i % width);
            var (place, at) = channel < half ? (column, channel) : (row, channel - half);
            var angle = place * Math.Exp(at / 2 * 2 * -Math.Log(10000) / half);
            values[i] = at % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle);
        }
        return values;
    }

    /// <summary>A learned vector of each place.</summary>
    sealed class Place : nn.Module
    {
        public readonly Parameter pe;

        public Place(params long[] shape) : base(nameof(Place))
        {
            pe = new Parameter(zeros(shape));
            RegisterComponents();
        }
    }

    sealed class Stack : nn.Module
    {
        readonly ModuleList<Layer> layer_stack;

        public Stack(Settings plan, int width, int hidden) : base(nameof(Stack))
        {
            layer_stack = nn.ModuleList([.. Enumerable.Range(0, plan.Layers).Select(_ => new Layer(plan, width, hidden))]);
            RegisterComponents();
        }

        /// <param name="x">[n, tokens, width]</param>
        /// <param name="unseen">[tokens, tokens], true where a row's token does not see a column's; null where all see all</param>
        public Tensor Forward(Tensor x, Tensor? unseen, DropoutNoise? noise)
        {
            foreach (var layer in layer_stack)
                x = layer.Forward(x, unseen, noise);
            return x;
        }
    }

    /// <summary>A pre-norm transformer block, whose dropout is behind its two parts alone.</summary>
    sealed class Layer : nn.Module
    {
        readonly LayerNorm self_attn_norm, pff_norm;
        readonly HeadAttention slf_attn;
        readonly FeedForward pos_ffn;
        readonly double _dropout;

        public Layer(Settings plan, int width, int hidden) : base(nameof(Layer))
        {
            self_attn_norm = nn.LayerNorm(width);
            slf_attn = new HeadAttention(width, plan.Heads, plan.AttentionWidth);
            pff_norm = nn.LayerNorm(width);
            pos_ffn = new FeedForward(width, hidden);
            _dropout = plan.Dropout;
            RegisterComponents();
        }

        public Tensor Forward(Tensor x, Tensor? unseen, DropoutNoise? noise)
        {
            // What no backward pass needs ends with the layer, not with the micro-batch.
            using var scope = NewDisposeScope();
            x = x + Drop(slf_attn.Forward(self_attn_norm.forward(x), unseen));
            return (x + Drop(pos_ffn.forward(pff_norm.forward(x)))).MoveToOuterDisposeScope();

            Tensor Drop(Tensor part) => noise?.Drop(part, _dropout) ?? part;
        }
    }

    /// <summary>Heads of a width of their own, without biases.</summary>
    sealed class HeadAttention : nn.Module
    {
        const double Never = -1e9;

        readonly Linear w_qs, w_ks, w_vs, fc;
        readonly int _heads;
        readonly double _scale;

        public HeadAttention(int width, int heads, int headWidth) : base(nameof(HeadAttention))
        {
            w_qs = nn.Linear(width, heads * headWidth, hasBias: false);
            w_ks = nn.Linear(width, heads * headWidth, hasBias: false);
            w_vs = nn.Linear(width, heads * headWidth, hasBias: false);
            fc = nn.Linear(heads * headWidth, width, hasBias: false);
            (_heads, _scale) = (heads, 1 / Math.Sqrt(headWidth));
            RegisterComponents();
        }

        public Tensor Forward(Tensor x, Tensor? unseen)
        {
            var (q, k, v) = (Heads(w_qs.forward(x)), Heads(w_ks.forward(x)), Heads(w_vs.forward(x)));
            return fc.forward(Mixed(q, k, v, unseen).transpose(1, 2).flatten(2));

            Tensor Heads(Tensor y) => y.reshape(y.shape[0], y.shape[1], _heads, -1).transpose(1, 2);
        }

        Tensor Mixed(Tensor q, Tensor k, Tensor v, Tensor? unseen)
        {
            if (unseen is null)
                return Attention.Fused(q, k, v);
            // In place, for a map of every pair of tokens is what takes the memory.
            var map = (q * _scale).matmul(k.transpose(2, 3)).masked_fill_(unseen, Never);
            return nn.functional.softmax(map, -1).matmul(v);
        }
    }

    sealed class FeedForward : nn.Module<Tensor, Tensor>
    {
        readonly Linear w_1, w_2;

        public FeedForward(int width, int hidden) : base(nameof(FeedForward))
        {
            w_1 = nn.Linear(width, hidden);
            w_2 = nn.Linear(hidden, width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => w_2.forward(nn.functional.gelu(w_1.forward(x)));
    }
}

/// <summary>Windows that Hi-TRS (Chen et al., ECCV 2022) cuts a view into, as its public code has them: over the frames and half a window of empty ones at either end.</summary>
/// <param name="Frames">of the view</param>
/// <param name="Size">frames of a window</param>
/// <param name="Stride">from the beginning of a window to that of the next</param>
/// <param name="Dilation">from a frame of a window to the next</param>
public readonly record struct FrameWindows(int Frames, int Size, int Stride, int Dilation)
{
    /// <summary>Places that its video level has.</summary>
    public const int Most = 200;

    /// <summary>Joints of a window at most: each pair of them has a place in its clip level's mask.</summary>
    public const int MostJoints = 4096;

    public static FrameWindows Of(HiTrs.Settings plan, int frames) => new(frames, plan.WindowFrames, plan.WindowStride, plan.WindowDilation);

    /// <summary>Empty frames at either end.</summary>
    public int Padding => Size / 2 * Dilation;

    /// <summary>Frames and empty ones.</summary>
    public int PaddedFrames => Frames + 2 * Padding;

    /// <summary>The frames of each window, among <see cref="PaddedFrames"/>; the last is repeated where a window reaches beyond it.</summary>
    public IReadOnlyList<int[]> Cut()
    {
        var (windows, last) = (new List<int[]>(), PaddedFrames - 1);
        for (var start = 0; ; start += Stride)
        {
            var window = new int[Size];
            for (var i = 0; i < Size; i++)
                window[i] = Math.Min(start + i * Dilation, last);
            windows.Add(window);
            if (window[^1] >= last - Padding && start + Stride + (Size - 1) * Dilation > last)
                return windows;
        }
    }
}
