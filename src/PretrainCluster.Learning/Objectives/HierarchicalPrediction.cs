namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// The pretraining of Hi-TRS (Chen et al., "Hierarchically Self-Supervised Transformer for Human Skeleton Representation Learning", ECCV 2022), each level by its own task: where masked
/// joints are, whether two frames of a window have changed places, whether two windows of a video have, and which window of the micro-batch comes last. As in the public code,
/// persons are samples of their own, those who are absent are left out, and the windows that the last one is told from are those of a micro-batch.
/// </summary>
public sealed class HierarchicalPrediction : Objective
{
    [Kind("hi_trs", "masked joints of frames, motion of windows, order and end of videos (Hi-TRS; Chen et al., ECCV 2022)")]
    public sealed record Settings : ObjectiveSettings
    {
        [Description("what similarities are divided by"), Range(0.01, 100)]
        public double Temperature { get; init; } = 0.07;

        public override Objective Create(ObjectiveContext context) => new HierarchicalPrediction(this, context.Encoder<HiTrs>(), context.Seed);

        public override IEnumerable<(string Path, string Message)> Problems(Plan plan, DataShape? shape)
        {
            if (plan.Encoder is not HiTrs.Settings encoder)
            {
                yield return ("objective.kind", $"another objective is expected where encoder.kind is {plan.Encoder.Kind}, not hi_trs: it pretrains the levels of the encoder hi_trs");
                yield break;
            }
            var count = FrameWindows.Of(encoder, plan.View.Frames).Cut().Count;
            if (count < 3)
                yield return ("view.frames", $"frames for at least 3 windows are expected where objective.kind is hi_trs, not {plan.View.Frames}, which make {count}: two change places, and the last is predicted");
            if (encoder.WindowFrames < 3)
                yield return ("encoder.window_frames", $"at least 3 are expected where objective.kind is hi_trs, not {encoder.WindowFrames}: two frames that are no neighbours change places");
        }
    }

    const double PoseScale = 10;

    readonly HiTrs _encoder;
    readonly Heads _heads;
    readonly double _temperature;

    /// <param name="plan">resolved</param>
    public HierarchicalPrediction(Settings plan, HiTrs encoder, ulong seed) : base(nameof(HierarchicalPrediction), encoder)
    {
        (_encoder, _temperature) = (encoder, plan.Temperature);
        _heads = new Heads(encoder.Size.Width, seed);
        register_module("heads", _heads);
        Weights = [.. encoder.Weights, .. _heads.Weights];
    }

    public override NamedWeights Weights { get; }

    /// <summary>The sum of the four losses, each a mean over the micro-batch; the count is 1.</summary>
    public override LossSum Forward(Tensor clips, CounterRandom random)
    {
        var persons = clips.reshape(-1, clips.shape[3], clips.shape[4], 3);
        var present = persons.flatten(1).abs().amax([1]).cpu().data<float>().ToArray();
        long[] rows = [.. Enumerable.Range(0, present.Length).Where(person => present[person] > 0).Select(person => (long)person)];
        if (rows.Length > 0)
            persons = persons.index_select(0, tensor(rows).to(clips.device));
        var choice = HierarchicalChoice.Draw(persons, _encoder.Windows, ref random);
        return Loss(persons, choice, training ? new DropoutNoise(random) : null);
    }

    /// <summary>A forward pass with what was drawn handed in, as parity tests need it.</summary>
    /// <param name="persons">[n, frames, joints, 3]</param>
    internal LossSum Loss(Tensor persons, HierarchicalChoice choice, DropoutNoise? noise)
    {
        var (n, joints, windows) = (persons.shape[0], persons.reshape(persons.shape[0], -1, 3), _encoder.WindowFrames.shape[0]);
        var seen = joints.gather(1, choice.Sources.unsqueeze(2).expand(-1, -1, 3)) * (1 - choice.Tokens) + choice.Tokens;
        var frames = _encoder.EncodeFrames(_encoder.Padded(seen.reshape(persons.shape)), noise);

        var poses = _heads.Pose(frames.narrow(1, _encoder.Windows.Padding, persons.shape[1])).reshape(joints.shape);
        var error = nn.functional.smooth_l1_loss(poses * PoseScale, joints * PoseScale, nn.Reduction.None) * choice.Masked;
        var pose = error.sum() / (3 * choice.Masked.sum()).clamp_min(1);

        var encoded = _encoder.EncodeWindows(_encoder.TakeFrames(frames, cat([choice.Swapped, _encoder.WindowFrames.unsqueeze(0).expand(n, -1, -1)], 1)), noise);
        var inOrder = cat([ones([n], ScalarType.Int64, persons.device), zeros([n], ScalarType.Int64, persons.device)], 0);
        var motions = nn.functional.cross_entropy(_heads.Motion(cat([encoded.select(1, 0), encoded.select(1, 1)], 0)), inOrder, reduction: nn.Reduction.None);
        var moving = cat([choice.Moving, choice.Moving], 0);
        var motion = (motions * moving).sum() / moving.sum().clamp_min(1);

        var (before, last) = (encoded.narrow(1, 2, windows - 1), encoded.select(1, windows + 1).detach());
        var permuted = before.gather(1, choice.Order.unsqueeze(2).expand(-1, -1, before.shape[2]));
        var videos = _encoder.EncodeVideo(cat([before, permuted], 0), noise);
        var order = nn.functional.cross_entropy(_heads.Order(videos), inOrder);
        var similarities = Direction.Of(_heads.Last(videos.narrow(0, 0, n))).matmul(Direction.Of(last).t()) / _temperature;
        var next = nn.functional.cross_entropy(similarities, arange(n, ScalarType.Int64, persons.device));
        return new LossSum(pose + motion + order + next, 1);
    }

    /// <summary>A linear map for each task, under the names of the public code.</summary>
    sealed class Heads : nn.Module
    {
        readonly Linear s_pose_reg, c_motion_cls, v_motion_cls, v_ft_reg;

        public Heads(long width, ulong seed) : base(nameof(Heads))
        {
            s_pose_reg = nn.Linear(width, 3);
            c_motion_cls = nn.Linear(2 * width, 2);
            v_motion_cls = nn.Linear(4 * width, 2);
            v_ft_reg = nn.Linear(4 * width, 2 * width);
            RegisterComponents();
            Weights = this.Named();
            Initialization.Fill(Weights, seed, (name, _) => Initialization.Uniform(1 / Math.Sqrt(name[0] switch { 's' => width, 'c' => 2 * width, _ => 4 * width })));
        }

        public NamedWeights Weights { get; }

        public Tensor Pose(Tensor joints) => s_pose_reg.forward(joints);
        public Tensor Motion(Tensor windows) => c_motion_cls.forward(windows);
        public Tensor Order(Tensor videos) => v_motion_cls.forward(videos);
        public Tensor Last(Tensor videos) => v_ft_reg.forward(videos);
    }
}
