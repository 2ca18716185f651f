using PretrainCluster.Core.Summation;

namespace PretrainCluster.Training.Steps;

/// <summary>Sums over a global batch, before anything is updated.</summary>
/// <param name="LossSum">over all terms</param>
/// <param name="Terms">number of terms, e.g. masked tokens</param>
/// <param name="Gradient">of <paramref name="LossSum"/>, all weights one after another in the order of the objective's weights; hand it back with <see cref="StepEngine.Return"/></param>
public readonly record struct StepOutcome(double LossSum, double Terms, SumBuffer Gradient)
{
    /// <summary>Mean over the terms.</summary>
    public double Loss => LossSum / Terms;
}
