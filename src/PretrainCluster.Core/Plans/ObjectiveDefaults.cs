namespace PretrainCluster.Core.Plans;

/// <summary>Published values of an objective's keys, where they differ by kind or depend on the encoder.</summary>
public static class ObjectiveDefaults
{
    /// <summary>Whether a kind masks tokens and has a decoder.</summary>
    public static bool IsMasked(ObjectiveKind kind) => kind is ObjectiveKind.MaskedMotion or ObjectiveKind.MaskedCoordinates or ObjectiveKind.SkeletonMae;

    /// <summary>Whether a kind hides tokens, which only the transformer has.</summary>
    public static bool HidesTokens(ObjectiveKind kind) => IsMasked(kind) || kind == ObjectiveKind.MaskedFeatures;

    /// <summary>The plan with every key that its kind uses set.</summary>
    /// <param name="frames">of a view</param>
    public static ObjectivePlan Resolve(ObjectivePlan plan, EncoderPlan encoder, int frames) => plan.Kind switch
    {
        ObjectiveKind.Moco => plan with
        {
            Temperature = plan.Temperature ?? 0.2,
            Queue = plan.Queue ?? 65536,
            ProjectionHidden = plan.ProjectionHidden ?? EncoderDefaults.Features(encoder, frames),
            ProjectionWidth = plan.ProjectionWidth ?? 128,
        },
        ObjectiveKind.Nnclr => plan with
        {
            Temperature = plan.Temperature ?? 0.1,
            Queue = plan.Queue ?? 98304,
            ProjectionHidden = plan.ProjectionHidden ?? 2048,
            ProjectionWidth = plan.ProjectionWidth ?? 256,
        },
        ObjectiveKind.MaskedFeatures => plan with
        {
            Temperature = plan.Temperature ?? 0.1,
            ProjectionHidden = plan.ProjectionHidden ?? 2048,
            ProjectionWidth = plan.ProjectionWidth ?? 256,
        },
        ObjectiveKind.HiTrs => plan with { Temperature = plan.Temperature ?? 0.07 },
        ObjectiveKind.InterSkeleton => plan with
        {
            Temperature = plan.Temperature ?? 0.07,
            Queue = plan.Queue ?? 16384,
            ProjectionWidth = plan.ProjectionWidth ?? 128,
        },
        ObjectiveKind.Simclr => plan with
        {
            Temperature = plan.Temperature ?? 0.1,
            ProjectionHidden = plan.ProjectionHidden ?? 2048,
            ProjectionWidth = plan.ProjectionWidth ?? 128,
        },
        ObjectiveKind.Vicreg => plan with
        {
            ProjectionHidden = plan.ProjectionHidden ?? 8192,
            ProjectionWidth = plan.ProjectionWidth ?? 8192,
        },
        _ => plan with
        {
            Temperature = plan.Temperature ?? (plan.Kind == ObjectiveKind.MaskedMotion ? 0.8 : null),
            Decoder = plan.Decoder with { Width = plan.Decoder.Width > 0 ? plan.Decoder.Width : encoder.Width },
        },
    };
}
