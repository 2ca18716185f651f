namespace PretrainCluster.Learning.Encoders;

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
    internal static EncoderSettings Settings(EncoderPlan plan) => plan as EncoderSettings ?? throw new InvalidOperationException($"The plan was read without the kind of its encoder, {plan.Kind}.");
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
