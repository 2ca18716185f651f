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
