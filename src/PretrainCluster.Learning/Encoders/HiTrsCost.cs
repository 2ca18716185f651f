namespace PretrainCluster.Learning.Encoders;

/// <summary>What the levels of Hi-TRS cost; its pretraining goes through the upper two more often than an encoding does.</summary>
sealed record HiTrsCost : EncoderCost
{
    readonly FrameWindows _windows;
    readonly Level _frame, _window, _video;
    readonly long _joints;

    public HiTrsCost(HiTrs.Settings plan, ClipShape clip) : this(plan, clip, new(plan, 1, 1), new(plan, 2, 1), new(plan, 4, 2))
    {
    }

    HiTrsCost(HiTrs.Settings plan, ClipShape clip, Level frame, Level window, Level video)
        : base(plan.Features(clip.Frames), Maps(plan, clip) + frame.Parameters + window.Parameters + video.Parameters, 0, 0)
    {
        (Plan, Clip, _windows, _joints) = (plan, clip, FrameWindows.Of(plan, clip.Frames), clip.Joints);
        (_frame, _window, _video) = (frame, window, video);
        Windows = _windows.Cut().Count;
        (Flops, Activations) = (FlopsOf(Windows, videos: 1), ActivationsOf(Windows, videos: 1));
    }

    public HiTrs.Settings Plan { get; }

    /// <summary>Windows of a view.</summary>
    public int Windows { get; }

    /// <summary>Of all frames of all persons, so many windows of each, and so many sequences of windows.</summary>
    public double FlopsOf(int windows, int videos)
    {
        var (width, tokens) = ((long)Plan.Width, Plan.WindowFrames * _joints);
        return Clip.Persons * (_windows.PaddedFrames * (BlockCost.Product(_joints, 3, width) + _frame.Flops(_joints)) + windows * (BlockCost.Product(tokens, width, 2 * width) + _window.Flops(tokens + 1))
            + videos * (BlockCost.Product(Windows, 2 * width, 4 * width) + _video.Flops(Windows + 1)));
    }

    public double ActivationsOf(int windows, int videos) =>
        Clip.Persons * (_windows.PaddedFrames * _frame.Activations(_joints) + windows * _window.Activations(Plan.WindowFrames * _joints + 1) + videos * _video.Activations(Windows + 1));

    /// <summary>Numbers between the levels: maps, places and tokens.</summary>
    static long Maps(HiTrs.Settings plan, ClipShape clip)
    {
        var width = (long)plan.Width;
        return 6 * width + 2 * width * (width + 1) + 4 * width * (2 * width + 1) + (clip.Joints + 2L * plan.WindowFrames * clip.Joints + 4L * FrameWindows.Most + 6) * width;
    }

    /// <param name="Widths">its width, and that of its hidden layers, as multiples of the plan's</param>
    readonly record struct Level(HiTrs.Settings Plan, long Widths, long HiddenWidths)
    {
        long Width => Widths * Plan.Width;
        long Hidden => HiddenWidths * Plan.Width;
        long Inner => (long)Plan.Heads * Plan.AttentionWidth;

        public long Parameters => Plan.Layers * (4 * Width * Inner + Hidden * (Width + 1) + Width * (Hidden + 1) + 4 * Width);

        public double Flops(double tokens) =>
            Plan.Layers * (BlockCost.Product(tokens, Width, 4 * Inner) + 2 * BlockCost.Product(tokens, Inner, tokens) + 2 * BlockCost.Product(tokens, Width, Hidden));

        /// <summary>Norms and residual sums, queries, keys, values and their mixture, the hidden layer, and the map of weights after softmax.</summary>
        public double Activations(double tokens) => Plan.Layers * tokens * (6.0 * Width + 4.0 * Inner + 2.0 * Hidden + 1.0 * Plan.Heads * tokens);
    }
}
