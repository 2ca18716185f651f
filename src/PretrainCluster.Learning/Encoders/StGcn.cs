using System.Globalization;

namespace PretrainCluster.Learning.Encoders;

/// <summary>
/// Spatial temporal graph convolutional network (Yan, Xiong and Lin, "Spatial Temporal Graph Convolutional Networks for Skeleton-Based Action Recognition", AAAI 2018),
/// as SkeletonCLR has it (Li et al., "3D Human Action Representation Learning via Cross-View Consistency Pursuit", CVPR 2021): ten blocks, each a convolution over
/// neighbouring joints and one over nine frames; the mean over time and joints, then over persons. Names are those of the authors' state dict.
/// </summary>
public sealed class StGcn : SkeletonEncoder
{
    [Kind("st_gcn", "spatial temporal graph convolutions, as SkeletonCLR has them (Yan et al., AAAI 2018)")]
    public sealed record Settings : EncoderSettings
    {
        [Description("channels of the first four blocks; later ones have two and four times as many. 16 is SkeletonCLR's quarter width"), Range(1, 2048)]
        public int Channels { get; init; } = 64;

        [Description("features of the last block, which are those of a clip"), Range(1, 8192)]
        public int Width { get; init; } = 256;

        [Description("which neighbours of a joint are told apart: spatial, nearer to and farther from the body's centre; directed, along and against the bones, as SkeAttnCLR has it"), AddedLater]
        public GraphKind Graph { get; init; } = GraphKind.Spatial;

        [Description("dropout after the temporal convolutions of all blocks but the first"), Range(0, 0.95)]
        public double Dropout { get; init; }

        public override int Blocks => 10;

        public override int Features(int frames) => Width;

        public override SkeletonEncoder Create(ClipShape clip, ulong seed) => new StGcn(this, clip, seed);

        public override IEnumerable<(string Path, string Message)> Problems(string at, int frames, DataShape? shape) => NormOverFrames(at, frames);
    }

    /// <summary>Frames of a step of its features: two of its blocks halve them.</summary>
    internal const int StepFrames = 4;

    /// <summary>Steps of its features of a view.</summary>
    internal static int Steps(int frames) => (frames + StepFrames - 1) / StepFrames;

    const int Frames = 9;

    readonly MicroBatchNorm data_bn;
    readonly ModuleList<Block> st_gcn_networks;
    readonly EdgeImportance edge_importance;
    readonly Tensor A;

    /// <param name="plan">channels, width and dropout</param>
    /// <param name="clip">what it will see; its layout gives the graph</param>
    public StGcn(Settings plan, ClipShape clip, ulong seed) : base(nameof(StGcn), plan)
    {
        var layers = Layers(plan);
        data_bn = new MicroBatchNorm(3 * clip.Joints);
        st_gcn_networks = nn.ModuleList([.. layers.Select((layer, i) => new Block(layer, residual: i > 0, dropout: i > 0 ? plan.Dropout : 0))]);
        edge_importance = new EdgeImportance(layers.Length, clip.Joints);
        Layout = clip.Layout ?? throw new ArgumentException("a graph convolution needs the layout of the joints", nameof(clip));
        A = plan.Graph == GraphKind.Directed ? SkeletonGraph.Directed(Layout) : SkeletonGraph.Spatial(Layout);
        RegisterComponents();

        Norms = [data_bn, .. st_gcn_networks.SelectMany(block => block.Norms)];
        Weights = this.Named();
        Buffers = [.. named_buffers().Where(buffer => buffer.name != nameof(A)).Select(buffer => (buffer.name, buffer.buffer))];
        // As the public pretraining draws them; an edge's importance begins as 1.
        Initialization.Fill(Weights, seed, (name, weight) =>
            name.StartsWith("edge_importance.", StringComparison.Ordinal) ? Initialization.Constant(1)
            : name.EndsWith(".bias", StringComparison.Ordinal) ? Initialization.Constant(0)
            : Initialization.Normal(weight.shape.Length == 1 ? 1 : 0, 0.02));
    }

    /// <summary>Size and rates.</summary>
    public Settings Size => (Settings)Plan;

    public override int Width => Size.Width;
    public override NamedWeights Weights { get; }
    public override NamedState Buffers { get; }

    public override int BlockOf(string name) => NumberAfter("st_gcn_networks.", name) ?? NumberAfter("edge_importance.", name) ?? -1;

    internal JointLayout Layout { get; }

    protected override IReadOnlyList<MicroBatchNorm> Norms { get; }

    public override string Description => $"st_gcn of {Size.Channels} channels, width {Size.Width} and {data_bn.Channels / 3} joints";

    // The public model has its graph among its tensors.
    public override bool IsBeside(string name) => base.IsBeside(name) || name == nameof(A);

    public override Tensor Features(Tensor clips, TrainingPass? pass) => FeatureMap(clips, pass).mean([2, 3]).reshape(clips.shape[0], clips.shape[1], -1).mean([1]);

    /// <summary>What the last block makes of each person.</summary>
    /// <param name="clips">[clips, persons, frames, joints, 3]</param>
    /// <param name="pass">null in an evaluation pass</param>
    /// <returns>[clips * persons, width, <see cref="Steps"/>, joints]</returns>
    internal Tensor FeatureMap(Tensor clips, TrainingPass? pass)
    {
        var (n, persons, frames, joints) = (clips.shape[0], clips.shape[1], clips.shape[2], clips.shape[3]);
        // A joint's coordinates have a mean and a variance each, over frames, persons and clips.
        var x = clips.permute(0, 1, 3, 4, 2).reshape(n * persons, joints * 3, frames);
        x = data_bn.Forward(x, pass).reshape(n * persons, joints, 3, frames).permute(0, 2, 3, 1).contiguous();
        for (var i = 0; i < st_gcn_networks.Count; i++)
            x = st_gcn_networks[i].Forward(x, A * edge_importance[i], pass);
        return x;
    }

    static Layer[] Layers(Settings plan)
    {
        var c = plan.Channels;
        return [new(3, c, 1), new(c, c, 1), new(c, c, 1), new(c, c, 1), new(c, 2 * c, 2), new(2 * c, 2 * c, 1), new(2 * c, 2 * c, 1), new(2 * c, 4 * c, 2), new(4 * c, 4 * c, 1), new(4 * c, plan.Width, 1)];
    }

    /// <summary>A learned factor of every edge, in every block.</summary>
    sealed class EdgeImportance : nn.Module
    {
        readonly Parameter[] _factors;

        public EdgeImportance(int blocks, int joints) : base(nameof(EdgeImportance))
        {
            _factors = [.. Enumerable.Range(0, blocks).Select(_ => new Parameter(ones(SkeletonGraph.Partitions, joints, joints)))];
            for (var i = 0; i < blocks; i++)
                register_parameter(i.ToString(CultureInfo.InvariantCulture), _factors[i]);
        }

        public Tensor this[int block] => _factors[block];
    }

    readonly record struct Layer(int Inputs, int Outputs, int Stride)
    {
        public bool ChangesShape => Inputs != Outputs || Stride != 1;
    }

    sealed class Block : nn.Module
    {
        readonly GraphConvolution gcn;
        readonly NumberedLayers tcn;
        readonly NumberedLayers? residual;
        // In a tuple, for a field of its own would be registered under its name, too.
        readonly (MicroBatchNorm Before, Conv2d Convolution, MicroBatchNorm After) _temporal;
        readonly (Conv2d Convolution, MicroBatchNorm Norm)? _shortcut;
        readonly bool _adds;
        readonly double _dropout;

        public Block(Layer layer, bool residual, double dropout) : base(nameof(Block))
        {
            (_adds, _dropout) = (residual, dropout);
            gcn = new GraphConvolution(layer.Inputs, layer.Outputs);
            var convolution = nn.Conv2d(layer.Outputs, layer.Outputs, (Frames, 1), stride: (layer.Stride, 1), padding: ((Frames - 1) / 2, 0));
            _temporal = (new MicroBatchNorm(layer.Outputs), convolution, new MicroBatchNorm(layer.Outputs));
            tcn = new NumberedLayers((0, _temporal.Before), (2, _temporal.Convolution), (3, _temporal.After));
            if (residual && layer.ChangesShape)
            {
                _shortcut = (nn.Conv2d(layer.Inputs, layer.Outputs, (1, 1), stride: (layer.Stride, 1)), new MicroBatchNorm(layer.Outputs));
                this.residual = new NumberedLayers((0, _shortcut.Value.Convolution), (1, _shortcut.Value.Norm));
            }
            RegisterComponents();
        }

        /// <summary>In the order in which <see cref="Forward"/> passes them.</summary>
        public IEnumerable<MicroBatchNorm> Norms => _shortcut is { } shortcut ? [_temporal.Before, _temporal.After, shortcut.Norm] : [_temporal.Before, _temporal.After];

        /// <param name="x">[n, inputs, frames, joints]</param>
        /// <param name="adjacency">[partitions, joints, joints]</param>
        /// <param name="pass">null in an evaluation pass</param>
        /// <returns>[n, outputs, frames / stride, joints]</returns>
        public Tensor Forward(Tensor x, Tensor adjacency, TrainingPass? pass)
        {
            using var scope = NewDisposeScope();
            var y = nn.functional.relu(_temporal.Before.Forward(gcn.Forward(x, adjacency), pass));
            y = _temporal.After.Forward(_temporal.Convolution.forward(y), pass);
            y = pass?.Noise.Drop(y, _dropout) ?? y;
            if (_adds)
                y = y + (_shortcut is { } shortcut ? shortcut.Norm.Forward(shortcut.Convolution.forward(x), pass) : x);
            return nn.functional.relu(y).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Each partition's own linear map of channels, then the sum over neighbours.</summary>
    sealed class GraphConvolution : nn.Module
    {
        readonly Conv2d conv;

        public GraphConvolution(int inputs, int outputs) : base(nameof(GraphConvolution))
        {
            conv = nn.Conv2d(inputs, outputs * SkeletonGraph.Partitions, (1, 1));
            RegisterComponents();
        }

        public Tensor Forward(Tensor x, Tensor adjacency)
        {
            var y = conv.forward(x);
            return einsum("nkctv,kvw->nctw", y.reshape(y.shape[0], SkeletonGraph.Partitions, -1, y.shape[2], y.shape[3]), adjacency).contiguous();
        }
    }
}

/// <summary>The fixed graph of a graph convolution over joints.</summary>
public enum GraphKind
{
    /// <summary>ST-GCN's: a joint itself, neighbours farther from the body's centre, neighbours nearer to it.</summary>
    Spatial,

    /// <summary>AGCN's: a joint itself, along the bones, against them.</summary>
    Directed,
}
