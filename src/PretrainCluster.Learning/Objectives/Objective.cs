using PretrainCluster.Core.Sampling;

namespace PretrainCluster.Learning.Objectives;

/// <summary>The loss of one micro-batch as a sum and the number of terms in it; division comes after the sums of all micro-batches are added.</summary>
/// <param name="Sum">A scalar that can be differentiated.</param>
/// <param name="Count">Terms in the sum, e.g. masked tokens.</param>
public readonly record struct LossSum(Tensor Sum, double Count);

/// <summary>A self-supervised objective around an encoder: everything that is trained.</summary>
public abstract class Objective(string name) : nn.Module(name)
{
    /// <summary>The loss of one micro-batch.</summary>
    /// <param name="clips">[clips, persons, frames, joints, 3]</param>
    /// <param name="random">the micro-batch's own stream; every random choice of the objective (masks, dropout) comes from it</param>
    public abstract LossSum Forward(Tensor clips, CounterRandom random);
}
