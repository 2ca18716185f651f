using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// What a plan's model weighs and costs, computed from its sizes alone. Arithmetic is that of the published algorithm: a multiply-add is 2 operations, only matrix
/// products count (not norms, GELU or softmax), all tokens go through all decoder blocks, and a backward pass is twice a forward pass.
/// </summary>
/// <param name="EncoderParameters">numbers in the encoder's weights</param>
/// <param name="HeadParameters">numbers in the rest of the objective's weights: its decoder or its heads</param>
/// <param name="EncodeFlops">floating-point operations to encode a whole clip, nothing masked, all its persons</param>
/// <param name="StepFlops">floating-point operations of a training step, forward and backward, per clip</param>
/// <param name="ActivationBytes">about what a clip's activations take in fp32 until its backward pass</param>
/// <param name="BufferBytes">of state that is not trained, such as a queue or a momentum encoder</param>
public sealed record ModelCost(long EncoderParameters, long HeadParameters, double EncodeFlops, double StepFlops, double ActivationBytes, double BufferBytes)
{
    /// <exception cref="Core.InputException">The plan's sizes do not fit each other.</exception>
    public static ModelCost Of(ObjectivePlan objective, EncoderPlan encoder, int persons, int frames, int joints)
    {
        var size = EncoderFactory.Cost(encoder, new ClipShape(persons, frames, joints));
        var rest = ObjectiveFactory.Cost(ObjectiveDefaults.Resolve(objective, encoder, frames), size);
        return new ModelCost(size.Parameters, rest.Parameters, size.Flops, rest.Flops, sizeof(float) * rest.Activations, sizeof(float) * rest.Buffers);
    }
}

/// <summary>What an objective adds to its encoder, and what a step of it costs.</summary>
/// <param name="Parameters">numbers in its own weights</param>
/// <param name="Flops">of a step, for each clip, the encoder's among them</param>
/// <param name="Activations">numbers that a clip's backward pass needs</param>
/// <param name="Buffers">numbers of state that is not trained</param>
readonly record struct ObjectiveCost(long Parameters, double Flops, double Activations, double Buffers);
