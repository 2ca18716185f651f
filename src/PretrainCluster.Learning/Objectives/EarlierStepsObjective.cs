namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// An objective that remembers earlier steps in its buffers. A forward pass reads them; what a step adds to them is gathered from all micro-batches, in their
/// order, and taken in after the weights are updated, by every worker alike.
/// </summary>
public abstract class EarlierStepsObjective(string name, SkeletonEncoder encoder) : Objective(name, encoder)
{
    public sealed override Coupling Coupling => Coupling.EarlierSteps;

    /// <summary>Numbers that a clip hands on to later steps.</summary>
    public abstract int KeyWidth { get; }

    public sealed override LossSum Forward(Tensor clips, CounterRandom random) => ForwardWithKeys(clips, random).Loss;

    /// <summary>As <see cref="Objective.Forward"/>, and what the clips hand on to later steps: [clips, <see cref="KeyWidth"/>], without a graph.</summary>
    /// <param name="statistics">gets what the <see cref="Objective.Passes"/> leave, in pieces; null where nobody asks</param>
    public abstract (LossSum Loss, Tensor Keys) ForwardWithKeys(Tensor clips, CounterRandom random, ICollection<Tensor>? statistics = null);

    /// <summary>Takes a step into the buffers, once the weights are updated.</summary>
    /// <param name="keys">of the whole batch, in the order of its micro-batches: [clips, <see cref="KeyWidth"/>]</param>
    public abstract void AfterStep(Tensor keys);
}
