using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// What a plan's model weighs and costs: by formulas of its sizes, where its encoder and its objective have them. Arithmetic is that of the published algorithm: a
/// multiply-add is 2 operations, only matrix products count (not norms, GELU or softmax), all tokens go through all decoder blocks, and a backward pass is twice a
/// forward pass. Of a class without a formula, parameters and state are counted in an instance, and arithmetic and activations are not known.
/// </summary>
/// <param name="EncoderParameters">numbers in the encoder's weights</param>
/// <param name="HeadParameters">numbers in the rest of the objective's weights: its decoder or its heads</param>
/// <param name="EncodeFlops">floating-point operations to encode a whole clip, nothing masked, all its persons; null where there is no formula</param>
/// <param name="StepFlops">floating-point operations of a training step, forward and backward, per clip; null where there is no formula</param>
/// <param name="ActivationBytes">about what a clip's activations take in fp32 until its backward pass; null where there is no formula</param>
/// <param name="BufferBytes">of state that is not trained, such as a queue or a momentum encoder</param>
public sealed record ModelCost(long EncoderParameters, long HeadParameters, double? EncodeFlops, double? StepFlops, double? ActivationBytes, double BufferBytes)
{
    /// <exception cref="Core.InputException">The plan's sizes do not fit each other.</exception>
    public static ModelCost Of(ObjectivePlan objective, EncoderPlan encoder, ClipShape clip)
    {
        var size = EncoderFactory.Settings(encoder).Cost(clip) is { } formula ? formula with { Clip = clip } : null;
        if (size is not null && ObjectiveFactory.Settings(objective.Resolve(encoder, clip.Frames)).Cost(size) is { } rest)
            return new ModelCost(size.Parameters, rest.Parameters, size.Flops, rest.Flops, sizeof(float) * rest.Activations, sizeof(float) * rest.Buffers);

        using var scope = NewDisposeScope();
        using var instance = ObjectiveFactory.Create(objective, encoder, clip, seed: 0);
        var ofEncoder = instance.Encoder.Weights.Sum(weight => weight.Parameter.numel());
        var ofAll = instance.Weights.Sum(weight => weight.Parameter.numel());
        return new ModelCost(ofEncoder, ofAll - ofEncoder, size?.Flops, null, null, instance.Buffers.Sum(buffer => (double)buffer.Value.numel() * buffer.Value.element_size()));
    }
}

/// <summary>What an objective adds to its encoder, and what a step of it costs.</summary>
/// <param name="Parameters">numbers in its own weights</param>
/// <param name="Flops">of a step, for each clip, the encoder's among them</param>
/// <param name="Activations">numbers that a clip's backward pass needs</param>
/// <param name="Buffers">numbers of state that is not trained</param>
public sealed record ObjectiveCost(long Parameters, double Flops, double Activations, double Buffers);
