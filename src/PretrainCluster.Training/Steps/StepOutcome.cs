namespace PretrainCluster.Training.Steps;

/// <summary>Sums over a global batch, the same on every member, before anything is updated.</summary>
/// <param name="LossSum">over all terms</param>
/// <param name="Terms">number of terms, e.g. masked tokens</param>
/// <param name="Boundary">whether any member asked to stop after this step</param>
/// <param name="Gradient">of <paramref name="LossSum"/>, the weights that micro-batches differentiate one after another, in the order of the objective's weights; hand it back with <see cref="StepEngine.Return"/></param>
public sealed record StepOutcome(double LossSum, double Terms, bool Boundary, SumBuffer Gradient)
{
    /// <summary>Of <see cref="LossSum"/>, by the weights of a head that sees the whole batch; they follow those of <see cref="Gradient"/>.</summary>
    public IReadOnlyList<Tensor> HeadGradient { get; init; } = [];

    /// <summary>What the objective does once the weights are updated.</summary>
    public Action? AfterUpdate { get; init; }

    /// <summary>Spent waiting for and exchanging with other members.</summary>
    public TimeSpan Exchanging { get; init; }

    /// <summary>Mean over the terms.</summary>
    public double Loss => LossSum / Terms;
}
