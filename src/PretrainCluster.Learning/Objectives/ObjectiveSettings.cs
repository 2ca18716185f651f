namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// The keys of an objective. A kind derives a record from it, with a <see cref="KindAttribute"/>, beside the class that it makes; that is all it takes
/// to add an objective.
/// </summary>
public abstract record ObjectiveSettings : ObjectivePlan
{
    /// <summary>Views of a clip that a step sees, each drawn on its own: 1 or 2.</summary>
    public virtual int ClipViews => 1;

    /// <summary>The objective with initial weights, a function of its settings, its encoder's and the seed.</summary>
    public abstract Objective Create(ObjectiveContext context);

    /// <summary>The same where a step computes as much as it ever does, for an objective whose steps depend on chance.</summary>
    public virtual ObjectiveSettings AtMost => this;
}

/// <summary>What an objective is made of.</summary>
/// <param name="NewEncoder">makes an encoder with initial weights, the same at every call</param>
/// <param name="Clip">what the encoder sees</param>
/// <param name="Seed">of initial weights</param>
public sealed record ObjectiveContext(EncoderMaker NewEncoder, ClipShape Clip, ulong Seed)
{
    /// <summary>The plan's encoder as the one type that an objective is made for; the settings' problems have told the user of any other.</summary>
    public T Encoder<T>() where T : SkeletonEncoder => (T)NewEncoder();
}

/// <summary>Makes an encoder with initial weights, the same at every call.</summary>
/// <param name="other">its settings, where it is not the run's own encoder</param>
public delegate SkeletonEncoder EncoderMaker(EncoderPlan? other = null);

/// <summary>What a clip's loss depends on besides the weights and the clip itself.</summary>
public enum Coupling
{
    /// <summary>Nothing: losses and gradients of micro-batches are simply added (masked prediction).</summary>
    Nothing,

    /// <summary>Values of earlier steps, which are equal on every worker: queues, momentum encoders.</summary>
    EarlierSteps,

    /// <summary>All clips of the global batch, and the gradient flows through all of them.</summary>
    GlobalBatch,
}
