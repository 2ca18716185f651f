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
        ObjectiveKind.Moco => Contrast(plan, temperature: 0.2, queue: 65536, hidden: EncoderDefaults.Features(encoder, frames), width: 128),
        ObjectiveKind.Nnclr => Contrast(plan, temperature: 0.1, queue: 98304, hidden: 2048, width: 256),
        ObjectiveKind.MaskedFeatures => Contrast(plan, temperature: 0.1, queue: null, hidden: 2048, width: 256),
        ObjectiveKind.HiTrs => plan with { Temperature = plan.Temperature ?? 0.07 },
        ObjectiveKind.Simclr => Contrast(plan, temperature: 0.1, queue: null, hidden: 2048, width: 128),
        ObjectiveKind.Vicreg => Contrast(plan, temperature: null, queue: null, hidden: 8192, width: 8192),
        ObjectiveKind.InterSkeleton => Contrast(plan, temperature: 0.07, queue: 16384, hidden: null, width: 128),
        ObjectiveKind.Skeattnclr => Contrast(plan, temperature: 0.2, queue: 32768, hidden: encoder.Width, width: 128),
        _ => plan with
        {
            Temperature = plan.Temperature ?? (plan.Kind == ObjectiveKind.MaskedMotion ? 0.8 : null),
            Decoder = plan.Decoder with { Width = plan.Decoder.Width > 0 ? plan.Decoder.Width : encoder.Width },
        },
    };

    static ObjectivePlan Contrast(ObjectivePlan plan, double? temperature, int? queue, int? hidden, int width) => plan with
    {
        Temperature = plan.Temperature ?? temperature,
        Queue = plan.Queue ?? queue,
        ProjectionHidden = plan.ProjectionHidden ?? hidden,
        ProjectionWidth = plan.ProjectionWidth ?? width,
    };
}
