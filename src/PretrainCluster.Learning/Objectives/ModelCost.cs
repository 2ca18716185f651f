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
        var grid = TokenGrid.Of(encoder, frames, joints);
        var size = new EncoderCost(encoder, grid);
        var rest = ObjectiveFactory.Cost(ObjectiveDefaults.Resolve(objective, encoder), size);
        return new ModelCost(size.Parameters, rest.Parameters, persons * size.Flops(grid.Tokens),
            persons * rest.PersonFlops + rest.ClipFlops, sizeof(float) * persons * rest.PersonActivations, sizeof(float) * rest.Buffers);
    }
}

/// <summary>What an objective adds to its encoder, and what a step of it costs.</summary>
/// <param name="Parameters">numbers in its own weights</param>
/// <param name="PersonFlops">of a step, for each person of a clip</param>
/// <param name="ClipFlops">of a step, for each clip beside those of its persons</param>
/// <param name="PersonActivations">numbers that a person's backward pass needs</param>
/// <param name="Buffers">numbers of state that is not trained</param>
readonly record struct ObjectiveCost(long Parameters, double PersonFlops, double ClipFlops, double PersonActivations, double Buffers);

/// <summary>An encoder's size, and what it costs to encode a person.</summary>
sealed class EncoderCost(EncoderPlan plan, TokenGrid grid)
{
    readonly BlockCost _blocks = new(plan.Width, TransformerStack.Hidden(plan, plan.Width), plan.Depth);

    public EncoderPlan Plan => plan;
    public TokenGrid Grid => grid;
    public long Parameters => (grid.Times + grid.Joints + grid.Values + 1L) * plan.Width + _blocks.Parameters;
    public double Flops(int tokens) => BlockCost.Product(tokens, grid.Values, plan.Width) + _blocks.Flops(tokens);
    public double Activations(int tokens) => _blocks.Activations(tokens);
}

/// <summary>Transformer blocks of one width, and the norm after them.</summary>
readonly record struct BlockCost(long Width, long Hidden, long Depth)
{
    /// <summary>A forward and a backward pass, as multiples of a forward pass.</summary>
    public const double Step = 3;

    public long Parameters => Depth * (4 * Width * (Width + 1) + Hidden * (Width + 1) + Width * (Hidden + 1) + 4 * Width) + 2 * Width;

    public double Flops(double tokens) =>
        Depth * (Product(tokens, Width, 4 * Width) + 2 * Product(tokens, Width, tokens) + 2 * Product(tokens, Width, Hidden));

    /// <summary>Norms, queries, keys, values, their mixture, two residual sums; the MLP's hidden layer before and after GELU.</summary>
    public double Activations(double tokens) => Depth * tokens * (8.0 * Width + 2.0 * Hidden);

    public static double Product(double rows, double inner, double columns) => 2 * rows * inner * columns;
}
