namespace PretrainCluster.Learning.Objectives;

/// <summary>What a plan's model weighs, counted in an instance.</summary>
/// <param name="EncoderParameters">numbers in the encoder's weights</param>
/// <param name="HeadParameters">numbers in the rest of the objective's weights: its decoder or its heads</param>
/// <param name="BufferBytes">of state that is not trained, such as a queue or a momentum encoder</param>
public sealed record ModelSize(long EncoderParameters, long HeadParameters, double BufferBytes)
{
    public long Parameters => EncoderParameters + HeadParameters;

    /// <exception cref="Core.InputException">The plan's sizes do not fit each other.</exception>
    public static ModelSize Of(ObjectivePlan objective, EncoderPlan encoder, ClipShape clip)
    {
        using var scope = NewDisposeScope();
        using var instance = ObjectiveFactory.Create(objective, encoder, clip, seed: 0);
        var ofEncoder = instance.Encoder.Weights.Sum(weight => weight.Parameter.numel());
        var ofAll = instance.Weights.Sum(weight => weight.Parameter.numel());
        return new ModelSize(ofEncoder, ofAll - ofEncoder, instance.Buffers.Sum(buffer => (double)buffer.Value.numel() * buffer.Value.element_size()));
    }
}
