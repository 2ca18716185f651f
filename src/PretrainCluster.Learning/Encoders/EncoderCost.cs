namespace PretrainCluster.Learning.Encoders;

/// <summary>An encoder's size, and what it costs to encode a clip with all its persons.</summary>
/// <param name="Width">features per clip</param>
/// <param name="Parameters">numbers in its weights</param>
/// <param name="Flops">of a forward pass: matrix products and convolutions, a multiply-add as 2</param>
/// <param name="Activations">about how many numbers a backward pass needs</param>
public record EncoderCost(int Width, long Parameters, double Flops, double Activations)
{
    /// <summary>What it costs that for.</summary>
    public ClipShape Clip { get; init; }
}

/// <summary>The same of a transformer, which may be shown a part of its tokens.</summary>
sealed record TransformerCost : EncoderCost
{
    readonly BlockCost _blocks;

    public TransformerCost(SkeletonTransformer.Settings plan, TokenGrid grid, int persons) : this(plan, grid, persons, BlockCost.Of(plan, plan.Width, plan.Depth))
    {
    }

    TransformerCost(SkeletonTransformer.Settings plan, TokenGrid grid, int persons, BlockCost blocks)
        : base(plan.Width, (grid.Times + grid.Joints + grid.Values + 1L) * plan.Width + blocks.Parameters, 0, persons * blocks.Activations(grid.Tokens))
    {
        (Plan, Grid, Persons, _blocks) = (plan, grid, persons, blocks);
        Flops = persons * FlopsOf(grid.Tokens);
    }

    public SkeletonTransformer.Settings Plan { get; }
    public TokenGrid Grid { get; }
    public int Persons { get; }

    /// <summary>Of encoding so many of a person's tokens.</summary>
    public double FlopsOf(int tokens) => BlockCost.Product(tokens, Grid.Values, Plan.Width) + _blocks.Flops(tokens);

    public double ActivationsOf(int tokens) => _blocks.Activations(tokens);
}

/// <summary>Transformer blocks of one width, and the norm after them.</summary>
/// <param name="Maps">maps of weights that a backward pass finds in memory; 0 where a fused kernel has them in pieces</param>
readonly record struct BlockCost(long Width, long Hidden, long Depth, long Maps)
{
    // Of each head: with dropout what softmax makes, what it is multiplied by and the product; without, what softmax makes.
    public static BlockCost Of(SkeletonTransformer.Settings plan, int width, int depth) =>
        new(width, TransformerStack.Hidden(plan, width), depth, plan.Heads * (plan.AttentionDropout > 0 ? 3 : 0));

    /// <summary>A forward and a backward pass, as multiples of a forward pass.</summary>
    public const double Step = 3;

    public long Parameters => Depth * (4 * Width * (Width + 1) + Hidden * (Width + 1) + Width * (Hidden + 1) + 4 * Width) + 2 * Width;

    public double Flops(double tokens) =>
        Depth * (Product(tokens, Width, 4 * Width) + 2 * Product(tokens, Width, tokens) + 2 * Product(tokens, Width, Hidden));

    /// <summary>Norms, queries, keys, values, their mixture, two residual sums; the MLP's hidden layer before and after GELU; maps.</summary>
    public double Activations(double tokens) => Depth * tokens * (8.0 * Width + 2.0 * Hidden + Maps * tokens);

    public static double Product(double rows, double inner, double columns) => 2 * rows * inner * columns;
}
