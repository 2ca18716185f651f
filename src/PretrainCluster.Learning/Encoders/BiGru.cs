namespace PretrainCluster.Learning.Encoders;

/// <summary>
/// Layers of gated recurrent units (Cho et al., EMNLP 2014), two in each, over a clip's frames with all persons' coordinates side by side; the features are their states after
/// the last frame. The sequence encoder of skeleton-contrast (Thoker et al., "Skeleton-Contrastive 3D Action Representation Learning", ACM MM 2021), and with
/// <c>input_norm</c> that of CMD (Mao et al., ECCV 2022). Names are those of the authors' state dicts.
/// </summary>
/// <remarks>
/// The authors declare the layers bidirectional and hand them one frame at a time with the states of the frame before. So both units of a layer go forward in time, the
/// "reverse" one too; all published figures are for that, and it is kept.
/// </remarks>
public sealed class BiGru : SkeletonEncoder
{
    [Kind("bigru", "gated recurrent units over frames, as in skeleton-contrast (Thoker et al., ACM MM 2021) and CMD (Mao et al., ECCV 2022)")]
    public sealed record Settings : EncoderSettings
    {
        [Description("recurrent layers, each of two units side by side"), Range(1, 16)]
        public int Layers { get; init; } = 3;

        [Description("numbers in a unit's state; a clip has twice as many features"), Range(1, 8192)]
        public int Hidden { get; init; } = 1024;

        [Description("batch norm of the coordinates, as CMD has it and skeleton-contrast does not")]
        public bool InputNorm { get; init; }

        public override int Blocks => Layers;

        public override int Features(int frames) => 2 * Hidden;

        public override SkeletonEncoder Create(ClipShape clip, ulong seed) => new BiGru(this, clip, seed);

        public override IEnumerable<(string Path, string Message)> Problems(string at, int frames, DataShape? shape) => InputNorm ? NormOverFrames(at, frames) : [];
    }

    readonly Layers encoder;
    readonly MicroBatchNorm? input_norm;
    readonly ClipShape _clip;

    /// <param name="plan">layers, units and whether coordinates are normalised</param>
    /// <param name="clip">what it will see</param>
    public BiGru(Settings plan, ClipShape clip, ulong seed) : base(nameof(BiGru), plan)
    {
        _clip = clip;
        encoder = new Layers(plan, Inputs(clip));
        if (plan.InputNorm)
        {
            input_norm = new MicroBatchNorm(Inputs(clip));
            Norms = [input_norm];
        }
        RegisterComponents();
        Weights = this.Named();
        Buffers = [.. named_buffers().Select(buffer => (buffer.name, buffer.buffer))];
        // Xavier for matrices, as in the public pretraining; biases as torch.nn.GRU has them.
        Initialization.Fill(Weights, seed, (name, weight) =>
            weight.shape.Length == 2 ? Initialization.Uniform(Math.Sqrt(6.0 / (weight.shape[0] + weight.shape[1])))
            : name == "input_norm.weight" ? Initialization.Constant(1)
            : name == "input_norm.bias" ? Initialization.Constant(0)
            : Initialization.Uniform(1 / Math.Sqrt(plan.Hidden)));
    }

    /// <summary>Size and rates.</summary>
    public Settings Size => (Settings)Plan;

    public override int Width => 2 * Size.Hidden;
    public override NamedWeights Weights { get; }
    public override NamedState Buffers { get; }

    public override int BlockOf(string name) => NumberAfter("_l", name[Math.Max(0, name.LastIndexOf("_l", StringComparison.Ordinal))..]) ?? -1;

    protected override IReadOnlyList<MicroBatchNorm> Norms { get; } = [];

    public override string Description => $"bigru of {Size.Layers} layers, {Size.Hidden} units and {_clip.Persons} x {_clip.Joints} joints";

    public override Tensor Features(Tensor clips, TrainingPass? pass)
    {
        // A frame as the public feeder lays it out: joint, axis, person.
        var x = clips.permute(0, 2, 3, 4, 1).reshape(clips.shape[0], clips.shape[2], -1);
        if (input_norm is not null)
            x = input_norm.Forward(x.transpose(1, 2), pass).transpose(1, 2);
        return encoder.LastStates(x);
    }

    static int Inputs(ClipShape clip) => clip.Persons * clip.Joints * 3;

    sealed class Layers : nn.Module
    {
        readonly Cells gru;

        public Layers(Settings plan, int inputs) : base(nameof(Layers))
        {
            gru = new Cells(plan.Layers, inputs, plan.Hidden);
            RegisterComponents();
        }

        public Tensor LastStates(Tensor x)
        {
            foreach (var (first, second) in gru.Pairs)
                x = cat([first.States(x), second.States(x)], 2);
            return x.select(1, x.shape[1] - 1);
        }
    }

    /// <summary>Under the names of torch.nn.GRU.</summary>
    sealed class Cells : nn.Module
    {
        public Cells(int layers, int inputs, int hidden) : base(nameof(Cells))
        {
            var pairs = new (Cell, Cell)[layers];
            for (var layer = 0; layer < layers; layer++)
            {
                pairs[layer] = (Create($"_l{layer}"), Create($"_l{layer}_reverse"));
                inputs = 2 * hidden;
            }
            Pairs = pairs;

            Cell Create(string suffix)
            {
                var cell = new Cell(new(zeros(3 * hidden, inputs)), new(zeros(3 * hidden, hidden)), new(zeros(3 * hidden)), new(zeros(3 * hidden)));
                register_parameter("weight_ih" + suffix, cell.FromInput);
                register_parameter("weight_hh" + suffix, cell.FromState);
                register_parameter("bias_ih" + suffix, cell.InputBias);
                register_parameter("bias_hh" + suffix, cell.StateBias);
                return cell;
            }
        }

        public IReadOnlyList<(Cell First, Cell Second)> Pairs { get; }
    }

    /// <summary>One direction of a layer; rows of its weights are the reset gate's, the update gate's and the candidate's.</summary>
    sealed record Cell(Parameter FromInput, Parameter FromState, Parameter InputBias, Parameter StateBias)
    {
        /// <param name="x">[n, frames, inputs]</param>
        /// <returns>the state after each frame: [n, frames, hidden]</returns>
        public Tensor States(Tensor x)
        {
            using var scope = NewDisposeScope();
            var inputs = nn.functional.linear(x, FromInput, InputBias).unbind(1);
            var state = zeros(x.shape[0], FromState.shape[1], dtype: x.dtype, device: x.device);
            var states = new Tensor[inputs.Length];
            for (var frame = 0; frame < states.Length; frame++)
            {
                var (ofInput, ofState) = (inputs[frame].chunk(3, 1), nn.functional.linear(state, FromState, StateBias).chunk(3, 1));
                var (reset, update) = ((ofInput[0] + ofState[0]).sigmoid(), (ofInput[1] + ofState[1]).sigmoid());
                var candidate = (ofInput[2] + reset * ofState[2]).tanh();
                states[frame] = state = candidate + update * (state - candidate);
            }
            return stack(states, 1).MoveToOuterDisposeScope();
        }
    }
}
