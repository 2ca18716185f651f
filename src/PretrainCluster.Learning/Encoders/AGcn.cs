namespace PretrainCluster.Learning.Encoders;

/// <summary>
/// Adaptive graph convolutional network, one stream of it (Shi et al., "Two-Stream Adaptive Graph Convolutional Networks for Skeleton-Based Action Recognition", CVPR 2019), as
/// skeleton-contrast has it (Thoker et al., ACM MM 2021): to the graph of bones come a learned one and one that each clip makes by the similarity of its joints.
/// The mean over time and joints, then over persons. Names are those of the authors' state dict.
/// </summary>
public sealed class AGcn : SkeletonEncoder
{
    [Kind("a_gcn", "adaptive graph convolutions, one stream of 2s-AGCN (Shi et al., CVPR 2019)")]
    public sealed record Settings : EncoderSettings
    {
        [Description("channels of the first four blocks, at least 4; later ones have two and four times as many"), Range(1, 2048)]
        public int Channels { get; init; } = 64;

        public override int Blocks => 10;

        public override int Features(int frames) => 4 * Channels;

        public override SkeletonEncoder Create(ClipShape clip, ulong seed) => new AGcn(this, clip, seed);

        public override IEnumerable<(string Path, string Message)> Problems(string at, int frames, DataShape? shape)
        {
            if (Channels < Embedding)
                yield return ($"{at}.channels", $"at least {Embedding} channels are expected where kind is a_gcn, not {Channels}: joints are compared by a quarter of them");
            foreach (var problem in NormOverFrames(at, frames))
                yield return problem;
        }
    }

    const int Frames = 9, Embedding = 4;

    readonly MicroBatchNorm data_bn;
    readonly Tensor A;
    readonly Block[] _blocks;
    readonly ClipShape _clip;

    /// <param name="plan">channels</param>
    /// <param name="clip">what it will see; its layout gives the graph, and its persons share the first norm</param>
    public AGcn(Settings plan, ClipShape clip, ulong seed) : base(nameof(AGcn), plan)
    {
        _clip = clip;
        A = SkeletonGraph.Directed(clip.Layout ?? throw new ArgumentException("a graph convolution needs the layout of the joints", nameof(clip)));
        data_bn = new MicroBatchNorm(Inputs(clip));
        RegisterComponents();
        _blocks = [.. Layers(plan).Select((layer, i) => new Block(layer, clip.Joints, residual: i > 0))];
        for (var i = 0; i < _blocks.Length; i++)
            register_module($"l{i + 1}", _blocks[i]);

        Norms = [data_bn, .. _blocks.SelectMany(block => block.Norms)];
        Weights = this.Named();
        Buffers = [.. named_buffers().Where(buffer => buffer.name != nameof(A)).Select(buffer => (buffer.name, buffer.buffer))];
        Initialization.Fill(Weights, seed, Distribution);
    }

    /// <summary>Size and rates.</summary>
    public Settings Size => (Settings)Plan;

    public override int Width => Size.Features(_clip.Frames);
    public override NamedWeights Weights { get; }
    public override NamedState Buffers { get; }

    public override int BlockOf(string name) => NumberAfter("l", name) - 1 ?? -1;

    protected override IReadOnlyList<MicroBatchNorm> Norms { get; }

    public override string Description => $"a_gcn of {Size.Channels} channels, {_clip.Persons} x {_clip.Joints} joints";

    public override Tensor Features(Tensor clips, TrainingPass? pass)
    {
        var (n, persons, frames, joints) = (clips.shape[0], clips.shape[1], clips.shape[2], clips.shape[3]);
        // Every person's joint has its own mean and variance of each coordinate, over frames and clips.
        var x = clips.permute(0, 1, 3, 4, 2).reshape(n, persons * joints * 3, frames);
        x = data_bn.Forward(x, pass).reshape(n * persons, joints, 3, frames).permute(0, 2, 3, 1).contiguous();
        foreach (var block in _blocks)
            x = block.Forward(x, A, pass);
        return x.mean([2, 3]).reshape(n, persons, -1).mean([1]);
    }

    /// <summary>As published: He et al.'s for convolutions, smaller where branches are added; the graph convolutions' norms begin almost at 0, so that a block begins as its residual.</summary>
    static Initialization.Draw Distribution(string name, Tensor weight)
    {
        var shape = weight.shape;
        if (name.EndsWith(".PA", StringComparison.Ordinal) || name.EndsWith("gcn1.bn.weight", StringComparison.Ordinal))
            return Initialization.Constant(1e-6);
        if (shape.Length == 1)
            return Initialization.Constant(name.EndsWith(".bias", StringComparison.Ordinal) ? 0 : 1);
        var fan = name.Contains(".conv_d.", StringComparison.Ordinal) ? shape[0] * shape[1] * shape[2] * SkeletonGraph.Partitions : shape[0] * shape[2];
        return Initialization.Normal(0, Math.Sqrt(2.0 / fan));
    }

    static int Inputs(ClipShape clip) => clip.Persons * clip.Joints * 3;

    static Layer[] Layers(Settings plan)
    {
        var c = plan.Channels;
        return [new(3, c, 1), new(c, c, 1), new(c, c, 1), new(c, c, 1), new(c, 2 * c, 2), new(2 * c, 2 * c, 1), new(2 * c, 2 * c, 1), new(2 * c, 4 * c, 2), new(4 * c, 4 * c, 1), new(4 * c, 4 * c, 1)];
    }

    readonly record struct Layer(int Inputs, int Outputs, int Stride);

    sealed class Block : nn.Module
    {
        readonly GraphConvolution gcn1;
        readonly TemporalConvolution tcn1;
        readonly TemporalConvolution? residual;
        readonly bool _adds;

        public Block(Layer layer, int joints, bool residual) : base(nameof(Block))
        {
            _adds = residual;
            gcn1 = new GraphConvolution(layer.Inputs, layer.Outputs, joints);
            tcn1 = new TemporalConvolution(layer.Outputs, layer.Outputs, Frames, layer.Stride);
            if (residual && (layer.Inputs != layer.Outputs || layer.Stride != 1))
                this.residual = new TemporalConvolution(layer.Inputs, layer.Outputs, 1, layer.Stride);
            RegisterComponents();
        }

        /// <summary>In the order in which <see cref="Forward"/> passes them.</summary>
        public IEnumerable<MicroBatchNorm> Norms => residual is null ? [.. gcn1.Norms, tcn1.Norm] : [.. gcn1.Norms, tcn1.Norm, residual.Norm];

        /// <param name="x">[n, inputs, frames, joints]</param>
        /// <returns>[n, outputs, frames / stride, joints]</returns>
        public Tensor Forward(Tensor x, Tensor adjacency, TrainingPass? pass)
        {
            using var scope = NewDisposeScope();
            var y = tcn1.Forward(gcn1.Forward(x, adjacency, pass), pass);
            if (_adds)
                y = y + (residual?.Forward(x, pass) ?? x);
            return nn.functional.relu(y).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Over frames, and batch norm.</summary>
    sealed class TemporalConvolution : nn.Module
    {
        readonly Conv2d conv;
        readonly MicroBatchNorm bn;

        public TemporalConvolution(int inputs, int outputs, int frames, int stride) : base(nameof(TemporalConvolution))
        {
            conv = nn.Conv2d(inputs, outputs, (frames, 1), stride: (stride, 1), padding: ((frames - 1) / 2, 0));
            bn = new MicroBatchNorm(outputs);
            RegisterComponents();
        }

        public MicroBatchNorm Norm => bn;

        public Tensor Forward(Tensor x, TrainingPass? pass) => bn.Forward(conv.forward(x), pass);
    }

    /// <summary>Over joints, with three graphs: a joint itself, towards the body's centre, away from it.</summary>
    sealed class GraphConvolution : nn.Module
    {
        readonly Parameter PA;
        readonly Conv2d[] _a, _b, _d;
        readonly MicroBatchNorm bn;
        readonly (Conv2d Convolution, MicroBatchNorm Norm)? _down;

        public GraphConvolution(int inputs, int outputs, int joints) : base(nameof(GraphConvolution))
        {
            PA = new Parameter(zeros(SkeletonGraph.Partitions, joints, joints));
            bn = new MicroBatchNorm(outputs);
            RegisterComponents();
            _a = Branches("conv_a", outputs / Embedding);
            _b = Branches("conv_b", outputs / Embedding);
            _d = Branches("conv_d", outputs);
            if (inputs != outputs)
            {
                _down = (nn.Conv2d(inputs, outputs, (1, 1)), new MicroBatchNorm(outputs));
                register_module("down", new NumberedLayers((0, _down.Value.Convolution), (1, _down.Value.Norm)));
            }

            Conv2d[] Branches(string name, int width)
            {
                Conv2d[] branches = [.. Enumerable.Range(0, SkeletonGraph.Partitions).Select(_ => nn.Conv2d(inputs, width, (1, 1)))];
                register_module(name, new NumberedLayers([.. branches.Select((branch, i) => (i, (nn.Module)branch))]));
                return branches;
            }
        }

        public IEnumerable<MicroBatchNorm> Norms => _down is { } down ? [bn, down.Norm] : [bn];

        public Tensor Forward(Tensor x, Tensor adjacency, TrainingPass? pass)
        {
            using var scope = NewDisposeScope();
            var (n, frames, joints) = (x.shape[0], x.shape[2], x.shape[3]);
            var graph = adjacency + PA;
            var rows = x.reshape(n, -1, joints);
            Tensor? sum = null;
            for (var i = 0; i < _d.Length; i++)
            {
                var from = _a[i].forward(x).permute(0, 3, 1, 2).reshape(n, joints, -1);
                var to = _b[i].forward(x).reshape(n, -1, joints);
                var similarity = nn.functional.softmax(from.matmul(to) / (double)from.shape[2], -2);
                var mixed = _d[i].forward(rows.matmul(similarity + graph.select(0, i)).reshape(n, -1, frames, joints));
                sum = sum is null ? mixed : mixed + sum;
            }
            var y = bn.Forward(sum!, pass);
            return nn.functional.relu(y + (_down is { } down ? down.Norm.Forward(down.Convolution.forward(x), pass) : x)).MoveToOuterDisposeScope();
        }
    }
}
