using System.Globalization;

namespace PretrainCluster.Learning.Encoders;

/// <summary>What turns a clip into one vector: the part of a model that is pretrained, evaluated and handed on.</summary>
public abstract class SkeletonEncoder(string name, EncoderSettings plan) : nn.Module(name)
{
    /// <summary>Before the names of an encoder that was trained beside another one, and of all that belongs to it.</summary>
    internal const string PartnerPrefix = "partner.";

    /// <summary>Size and rates.</summary>
    public EncoderSettings Plan { get; } = plan;

    /// <summary>Features per clip.</summary>
    public abstract int Width { get; }

    /// <summary>Every parameter by its name in the public implementation's state dict.</summary>
    public abstract NamedWeights Weights { get; }

    /// <summary>Running statistics of batch norms, by their names there; a file of weights holds them, too.</summary>
    public virtual NamedState Buffers => [];

    /// <summary>Blocks between its input and its features.</summary>
    public int Blocks => Plan.Blocks;

    /// <summary>The block that a weight belongs to, from 0; -1 for what comes before the blocks, <see cref="Blocks"/> for what follows them.</summary>
    /// <param name="name">of <see cref="Weights"/></param>
    public abstract int BlockOf(string name);

    /// <summary>Numbers that a training pass leaves of a micro-batch: mean and variance of each channel of each batch norm that is not frozen.</summary>
    public int StatisticsLength => Tracked.Sum(norm => 2 * norm.Channels);

    /// <summary>Batch norms, in the order in which a pass meets them.</summary>
    protected virtual IReadOnlyList<MicroBatchNorm> Norms => [];

    /// <summary>What a file of other weights is told that it does not fit, e.g. "encoder of width 256 and depth 8".</summary>
    public abstract string Description { get; }

    /// <summary>One vector per clip; nothing is masked or dropped.</summary>
    /// <param name="clips">[clips, persons, frames, joints, 3], metres</param>
    /// <returns>[clips, width]</returns>
    public Tensor Features(Tensor clips) => Features(clips, pass: null);

    /// <summary>As <see cref="Features(Tensor)"/>, in a training pass.</summary>
    /// <param name="clips">[clips, persons, frames, joints, 3], metres</param>
    /// <param name="pass">null in an evaluation pass</param>
    /// <returns>[clips, width]</returns>
    public abstract Tensor Features(Tensor clips, TrainingPass? pass);

    /// <summary>What a head that is trained together with the encoder averages over, in a training pass: of a transformer each person and time with all joints, else the features alone.</summary>
    /// <param name="clips">[clips, persons, frames, joints, 3], metres</param>
    /// <param name="pass">null in an evaluation pass</param>
    /// <returns>[clips, parts, <see cref="PartWidth"/>]</returns>
    public virtual Tensor Parts(Tensor clips, TrainingPass? pass) => Features(clips, pass).unsqueeze(1);

    /// <summary>Numbers of a part.</summary>
    public virtual int PartWidth => Width;

    /// <summary>Whether a file of this encoder's weights may hold a tensor of that name besides, which is left alone: a projection head, here or in public code, or another encoder.</summary>
    public virtual bool IsBeside(string name) =>
        name.StartsWith("head.", StringComparison.Ordinal) || name.StartsWith("fc.", StringComparison.Ordinal) || name.StartsWith(PartnerPrefix, StringComparison.Ordinal);

    /// <summary>Keeps everything before a block as it is, and at <see cref="Blocks"/> what follows them, too: it takes no gradient, and its batch norms normalise by their running statistics.</summary>
    public void Freeze(int before)
    {
        var frozen = new HashSet<Parameter>(ReferenceEqualityComparer.Instance);
        foreach (var (name, parameter) in Weights.Where(weight => before == Blocks || BlockOf(weight.Name) < before))
        {
            parameter.requires_grad_(false);
            frozen.Add(parameter);
        }
        foreach (var norm in Norms)
            norm.FreezeIfIn(frozen);
    }

    /// <summary>Takes what a training pass left of a micro-batch into the running statistics.</summary>
    /// <param name="statistics">[<see cref="StatisticsLength"/>]</param>
    internal void Track(Tensor statistics)
    {
        using var _ = no_grad();
        var at = 0;
        foreach (var norm in Tracked)
        {
            norm.Track(statistics.narrow(0, at, norm.Channels), statistics.narrow(0, at + norm.Channels, norm.Channels));
            at += 2 * norm.Channels;
        }
    }

    /// <summary>The number that follows <paramref name="before"/> in a weight's name; null where the name does not begin with it.</summary>
    protected static int? NumberAfter(string before, string name)
    {
        if (!name.StartsWith(before, StringComparison.Ordinal))
            return null;
        var digits = name[before.Length..].TakeWhile(char.IsAsciiDigit).ToArray();
        return digits.Length > 0 ? int.Parse(digits, CultureInfo.InvariantCulture) : null;
    }

    IEnumerable<MicroBatchNorm> Tracked => Norms.Where(norm => !norm.IsFrozen);
}

/// <summary>
/// The keys of an encoder. A kind derives a record from it, with a <see cref="KindAttribute"/>, beside the class that it makes; that is all it takes to
/// add an encoder.
/// </summary>
public abstract record EncoderSettings : EncoderPlan
{
    /// <summary>Blocks between its input and its features, by which a part of it is trained and layer-wise learning rates are counted.</summary>
    public abstract override int Blocks { get; }

    /// <summary>Numbers that a clip is encoded as.</summary>
    /// <param name="frames">of a view</param>
    public abstract int Features(int frames);

    /// <summary>The encoder with initial weights, a function of the seed and of each weight's name and shape.</summary>
    /// <param name="clip">what it will see</param>
    /// <exception cref="Core.InputException">The sizes do not fit each other, or the clip's.</exception>
    public abstract SkeletonEncoder Create(ClipShape clip, ulong seed);

    /// <summary>What must hold for one whose batch norm computes statistics over the frames of a view.</summary>
    private protected IEnumerable<(string, string)> NormOverFrames(string at, int frames)
    {
        if (frames < 2)
            yield return ("view.frames", $"at least 2 frames are expected where {at}.kind is {Kind}, not {frames}: its batch norm computes statistics over them");
    }
}

/// <summary>From a plan to its encoder.</summary>
public static class EncoderFactory
{
    /// <inheritdoc cref="EncoderSettings.Create"/>
    public static SkeletonEncoder Create(EncoderPlan plan, ClipShape clip, ulong seed)
    {
        using var held = Finalizers.Hold();
        return Settings(plan).Create(clip, seed);
    }

    /// <summary>The plan's own keys, as the class that they configure declares them.</summary>
    internal static EncoderSettings Settings(EncoderPlan plan) => plan.As<EncoderSettings>();
}

/// <summary>A clip as the encoder sees it: [persons, frames, joints, 3].</summary>
/// <param name="Layout">which joint stands where; null where only sizes matter</param>
public readonly record struct ClipShape(int Persons, int Frames, int Joints, JointLayout? Layout = null)
{
    /// <summary>Numbers in it.</summary>
    public int Length => Persons * Frames * Joints * 3;

    /// <summary>A dataset's clips in views of <paramref name="frames"/> frames.</summary>
    public static ClipShape Of(SkeletonDataset dataset, int frames) => new(dataset.Persons, frames, dataset.Joints, dataset.Description.Layout);
}
