namespace PretrainCluster.Learning.Encoders;

/// <summary>
/// Hierarchical co-occurrence network (Li et al., "Co-occurrence Feature Learning from Skeleton Data for Action Recognition and Detection with Hierarchical Aggregation",
/// IJCAI 2018), as skeleton-contrast has it (Thoker et al., ACM MM 2021): convolutions first within each joint, then over joints as if they were the channels of an image, of
/// positions and of motion; the largest value of any person. Names are those of the authors' state dict.
/// </summary>
public sealed class Hcn : SkeletonEncoder
{
    [Kind("hcn", "hierarchical co-occurrence network: convolutions over joints and frames as over an image (Li et al., IJCAI 2018)")]
    public sealed record Settings : EncoderSettings
    {
        // What four poolings divide frames by.
        const int PooledFrames = 16;

        [Description("channels of the first layers, even; later ones have two and four times as many"), Range(1, 2048)]
        public int Channels { get; init; } = 64;

        [Description("dropout of whole channels of the last three layers"), Range(0, 0.95)]
        public double Dropout { get; init; }

        public override int Blocks => 6;

        public override int Features(int frames) => 4 * Channels * (frames / PooledFrames) * (frames / PooledFrames);

        public override SkeletonEncoder Create(ClipShape clip, ulong seed) => new Hcn(this, clip, seed);

        public override IEnumerable<(string Path, string Message)> Problems(string at, int frames, DataShape? shape)
        {
            if (frames < PooledFrames)
                yield return ("view.frames", $"at least {PooledFrames} frames are expected where {at}.kind is hcn, not {frames}: it halves them four times");
            if (Channels % 2 != 0)
                yield return ($"{at}.channels", $"an even number is expected where kind is hcn, not {Channels}");
            foreach (var problem in NormOverFrames(at, frames))
                yield return problem;
        }
    }

    readonly Tensor resize;
    readonly Conv2d[] _both;
    readonly Branch _position, _motion;
    readonly ClipShape _clip;

    /// <param name="plan">channels and dropout</param>
    /// <param name="clip">what it will see; its frames are the public code's window, which is also the number of channels of the second layer</param>
    public Hcn(Settings plan, ClipShape clip, ulong seed) : base(nameof(Hcn), plan)
    {
        _clip = clip;
        var channels = plan.Channels;
        (_position, _motion) = (new Branch(clip, channels), new Branch(clip, channels));
        _both = [Convolution(2 * channels, 2 * channels), Convolution(2 * channels, 4 * channels)];
        resize = Resize(clip.Frames);
        RegisterComponents();
        _position.Register(this, suffix: "");
        _motion.Register(this, suffix: "m");
        register_module("conv5", new NumberedLayers((0, _both[0])));
        register_module("conv6", new NumberedLayers((0, _both[1])));

        Weights = this.Named();
        Initialization.Fill(Weights, seed, (_, weight) => weight.shape.Length == 1 ? Initialization.Constant(0)
            : Initialization.Uniform(Math.Sqrt(6.0 / ((weight.shape[0] + weight.shape[1]) * weight.shape[2] * weight.shape[3]))));
    }

    /// <summary>Size and rates.</summary>
    public Settings Size => (Settings)Plan;

    public override int Width => Size.Features(_clip.Frames);
    public override NamedWeights Weights { get; }

    public override int BlockOf(string name) => NumberAfter("conv", name) - 1 ?? -1;

    public override string Description => $"hcn of {Size.Channels} channels, {_clip.Frames} frames and {_clip.Joints} joints";

    public override Tensor Features(Tensor clips, TrainingPass? pass)
    {
        var (n, persons, frames, joints) = (clips.shape[0], clips.shape[1], clips.shape[2], clips.shape[3]);
        var position = clips.reshape(n * persons, frames, joints, 3).permute(0, 3, 1, 2);
        var motion = resize.matmul(position.narrow(2, 1, frames - 1) - position.narrow(2, 0, frames - 1));

        var x = cat([_position.Forward(position, Size.Dropout, pass), _motion.Forward(motion, Size.Dropout, pass)], 1);
        foreach (var convolution in _both)
            x = Pool(Drop(nn.functional.relu(convolution.forward(x)), Size.Dropout, pass));
        return x.reshape(n, persons, -1).amax([1]);
    }

    /// <summary>Linear interpolation from the frames between frames to as many as there were, as torch's interpolate without aligned corners.</summary>
    /// <returns>[frames, frames - 1]</returns>
    static Tensor Resize(int frames)
    {
        var weights = new float[frames * (frames - 1)];
        for (var frame = 0; frame < frames; frame++)
        {
            var at = Math.Max(0, (frame + 0.5) * (frames - 1) / frames - 0.5);
            var before = (int)at;
            var share = (float)(at - before);
            weights[frame * (frames - 1) + before] += 1 - share;
            weights[frame * (frames - 1) + Math.Min(before + 1, frames - 2)] += share;
        }
        return tensor(weights, [frames, frames - 1]);
    }

    static Conv2d Convolution(int inputs, int outputs) => nn.Conv2d(inputs, outputs, (3, 3), padding: (1, 1));

    static Tensor Drop(Tensor x, double rate, TrainingPass? pass) => pass?.Noise.DropChannels(x, rate) ?? x;

    // TorchSharp 0.99.6 takes strides that are left out as 1.
    static Tensor Pool(Tensor x) => nn.functional.max_pool2d(x, [2L, 2L], [2L, 2L]);

    /// <summary>The layers that positions and motion have each for themselves.</summary>
    sealed class Branch(ClipShape clip, int channels)
    {
        readonly Conv2d _point = nn.Conv2d(3, channels, (1, 1));
        readonly Conv2d _time = nn.Conv2d(channels, clip.Frames, (3, 1), padding: (1, 0));
        readonly Conv2d _joints = Convolution(clip.Joints, channels / 2);
        readonly Conv2d _global = Convolution(channels / 2, channels);

        public void Register(Hcn owner, string suffix)
        {
            owner.register_module("conv1" + suffix, new NumberedLayers((0, _point)));
            owner.register_module("conv2" + suffix, _time);
            owner.register_module("conv3" + suffix, new NumberedLayers((0, _joints)));
            owner.register_module("conv4" + suffix, new NumberedLayers((0, _global)));
        }

        /// <param name="x">[n, 3, frames, joints]</param>
        /// <returns>[n, channels, frames / 4, window / 4]</returns>
        public Tensor Forward(Tensor x, double dropout, TrainingPass? pass)
        {
            // From here on joints are channels, and what were channels is an axis of the image.
            using var scope = NewDisposeScope();
            x = _time.forward(nn.functional.relu(_point.forward(x))).permute(0, 3, 2, 1).contiguous();
            return Pool(Drop(_global.forward(Pool(_joints.forward(x))), dropout, pass)).MoveToOuterDisposeScope();
        }
    }
}
