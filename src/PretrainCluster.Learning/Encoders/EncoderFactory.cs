namespace PretrainCluster.Learning.Encoders;

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
