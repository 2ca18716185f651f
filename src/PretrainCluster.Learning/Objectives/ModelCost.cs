using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// What a plan's model weighs and costs, computed from its sizes alone. Arithmetic is that of the published algorithm: a multiply-add is 2 operations, only matrix
/// products count (not norms, GELU or softmax), all tokens go through all decoder blocks, and a backward pass is twice a forward pass.
/// </summary>
/// <param name="EncoderParameters">numbers in the encoder's weights</param>
/// <param name="DecoderParameters">numbers in the rest of the objective's weights</param>
/// <param name="EncodeFlops">floating-point operations to encode a whole clip, nothing masked, all its persons</param>
/// <param name="StepFlops">floating-point operations of a training step, forward and backward, per clip</param>
/// <param name="ActivationBytes">about what a clip's activations take in fp32 until its backward pass</param>
public sealed record ModelCost(long EncoderParameters, long DecoderParameters, double EncodeFlops, double StepFlops, double ActivationBytes)
{
    const double Backward = 2;

    /// <exception cref="Core.InputException">The plan's sizes do not fit each other.</exception>
    public static ModelCost Of(ObjectivePlan objective, EncoderPlan encoder, int persons, int frames, int joints)
    {
        var grid = TokenGrid.Of(encoder, frames, joints);
        var kept = ObjectiveFactory.KeptTokens(objective, grid);
        var wide = new Stack(encoder.Width, TransformerStack.Hidden(encoder, encoder.Width), encoder.Depth);
        var decoderWidth = MaskDecoder.Width(encoder, objective.Decoder);
        var narrow = new Stack(decoderWidth, TransformerStack.Hidden(encoder, decoderWidth), objective.Decoder.Depth);

        var encoderParameters = (grid.Times + grid.Joints + grid.Values + 1L) * wide.Width + wide.Parameters;
        var decoderParameters = (grid.Times + grid.Joints + 1L + encoder.Width + 1) * narrow.Width + narrow.Parameters + (narrow.Width + 1L) * grid.Values;

        var forward = Product(kept, grid.Values, wide.Width) + wide.Flops(kept) + Product(kept, wide.Width, narrow.Width)
            + narrow.Flops(grid.Tokens) + Product(grid.Tokens, narrow.Width, grid.Values);
        var encode = Product(grid.Tokens, grid.Values, wide.Width) + wide.Flops(grid.Tokens);
        var activations = 4.0 * (wide.Activations(kept) + narrow.Activations(grid.Tokens));
        return new ModelCost(encoderParameters, decoderParameters, persons * encode, persons * forward * (1 + Backward), persons * activations);
    }

    static double Product(double rows, double inner, double columns) => 2 * rows * inner * columns;

    /// <summary>Blocks of one width, and the norm after them.</summary>
    readonly record struct Stack(long Width, long Hidden, long Depth)
    {
        public long Parameters => Depth * (4 * Width * (Width + 1) + Hidden * (Width + 1) + Width * (Hidden + 1) + 4 * Width) + 2 * Width;

        public double Flops(double tokens) =>
            Depth * (Product(tokens, Width, 4 * Width) + 2 * Product(tokens, Width, tokens) + 2 * Product(tokens, Width, Hidden));

        /// <summary>Norms, queries, keys, values, their mixture, two residual sums; the MLP's hidden layer before and after GELU.</summary>
        public double Activations(double tokens) => Depth * tokens * (8.0 * Width + 2.0 * Hidden);
    }
}
