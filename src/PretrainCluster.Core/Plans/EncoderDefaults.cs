namespace PretrainCluster.Core.Plans;

/// <summary>What follows from an encoder's keys.</summary>
public static class EncoderDefaults
{
    /// <summary>Numbers that a clip is encoded as.</summary>
    public static int Features(EncoderPlan plan) => plan.Kind switch
    {
        EncoderKind.Bigru => 2 * plan.Hidden,
        _ => plan.Width,
    };
}
