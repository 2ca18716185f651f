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

/// <summary>What Hi-TRS's tasks draw for the persons of a micro-batch.</summary>
/// <param name="Sources">[n, frames * joints] the joint that is shown in a joint's place</param>
/// <param name="Tokens">[n, frames * joints, 1] 1 where a token is shown, else 0</param>
/// <param name="Masked">[n, frames * joints, 1] 1 where a joint is predicted, else 0</param>
/// <param name="Swapped">[n, 2, frames of a window] a window as it is, and with two frames changed</param>
/// <param name="Moving">[n] 1 where anything moves in it, else 0</param>
/// <param name="Order">[n, windows but the last] two of them changed</param>
readonly record struct HierarchicalChoice(Tensor Sources, Tensor Tokens, Tensor Masked, Tensor Swapped, Tensor Moving, Tensor Order)
{
    const double MaskRatio = 0.15, TokenShare = 0.8, OtherShare = 0.1;

    /// <param name="persons">[n, frames, joints, 3]</param>
    public static HierarchicalChoice Draw(Tensor persons, FrameWindows windows, ref CounterRandom random)
    {
        var (n, frames, joints) = ((int)persons.shape[0], (int)persons.shape[1], (int)persons.shape[2]);
        var size = frames * joints;
        var (sources, tokens, masked) = (new long[n * size], new float[n * size], new float[n * size]);
        var (candidates, before) = ((windows with { Stride = 1 }).Cut(), windows.Cut().Count - 1);
        var (swapped, moving, order) = (new long[n * 2 * windows.Size], new float[n], new long[n * before]);
        var moves = Moves(persons, windows);
        for (var person = 0; person < n; person++)
        {
            for (var i = 0; i < size; i++)
                Mask(i, frames, joints, ref sources[person * size + i], ref tokens[person * size + i], ref masked[person * size + i], ref random);

            var ofPerson = moves[person];
            int[][] moved = [.. candidates.Where(window => window.Any(frame => ofPerson[frame]))];
            moving[person] = moved.Length > 0 ? 1 : 0;
            var chosen = moved.Length > 0 ? moved[random.Next(moved.Length)] : candidates[0];
            int[] positions = Swap(windows.Size, ref random);
            for (var i = 0; i < windows.Size; i++)
            {
                swapped[2 * person * windows.Size + i] = chosen[i];
                swapped[(2 * person + 1) * windows.Size + i] = chosen[positions[i]];
            }

            int[] places = Swap(before, ref random);
            for (var i = 0; i < before; i++)
                order[person * before + i] = places[i];
        }
        return new HierarchicalChoice(On(tensor(sources, [n, size])), On(tensor(tokens, [n, size, 1])), On(tensor(masked, [n, size, 1])),
            On(tensor(swapped, [n, 2, windows.Size])), On(tensor(moving)), On(tensor(order, [n, before])));

        Tensor On(Tensor drawn) => drawn.to(persons.device);
    }

    /// <summary>As BERT masks words (Devlin et al., NAACL 2019): of what is predicted, most is hidden, some shown as another joint of another frame, and some as it is.</summary>
    static void Mask(int joint, int frames, int joints, ref long source, ref float token, ref float masked, ref CounterRandom random)
    {
        source = joint;
        if (random.NextDouble() >= MaskRatio)
            return;
        masked = 1;
        var share = random.NextDouble();
        if (share < TokenShare)
            token = 1;
        else if (share < TokenShare + OtherShare && frames > 1 && joints > 1)
            source = Other(joint / joints, frames, ref random) * joints + Other(joint % joints, joints, ref random);
    }

    static int Other(int than, int count, ref CounterRandom random) => random.Next(count - 1) is var drawn && drawn >= than ? drawn + 1 : drawn;

    /// <summary>The numbers below <paramref name="count"/>, two of which, no neighbours where there are more than two, have changed places.</summary>
    static int[] Swap(int count, ref CounterRandom random)
    {
        int[] places = [.. Enumerable.Range(0, count)];
        int first, second;
        do
            (first, second) = (random.Next(count), random.Next(count));
        while (Math.Abs(first - second) < Math.Min(2, count - 1));
        (places[first], places[second]) = (second, first);
        return places;
    }

    /// <summary>Of each person, whether anything moves from the frame before to this one; in empty frames and the first it does not.</summary>
    static bool[][] Moves(Tensor persons, FrameWindows windows)
    {
        using var _ = no_grad();
        var steps = windows.Frames - 1;
        var change = (persons.narrow(1, 1, steps) - persons.narrow(1, 0, steps)).abs().amax([2, 3]).to(ScalarType.Float32).cpu().data<float>().ToArray();
        var moves = new bool[persons.shape[0]][];
        for (var person = 0; person < moves.Length; person++)
        {
            moves[person] = new bool[windows.PaddedFrames];
            for (var step = 0; step < steps; step++)
                moves[person][windows.Padding + 1 + step] = change[person * steps + step] > 0;
        }
        return moves;
    }
}
