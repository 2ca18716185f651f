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

/// <summary>From a plan to its objective.</summary>
public static class ObjectiveFactory
{
    /// <summary>An objective and its encoder with initial weights.</summary>
    /// <param name="objective">what is learned</param>
    /// <param name="encoder">kind and size of the encoder</param>
    /// <param name="clip">what the encoder will see</param>
    /// <param name="seed">the run's seed</param>
    /// <param name="prepare">
    /// is given each encoder of that plan that the objective is made of, one with its moving average among them, before anything is made of it: gives it
    /// other weights, or freezes a part; one of another plan stays as it is made
    /// </param>
    /// <exception cref="Core.InputException">The plan's sizes do not fit each other.</exception>
    public static Objective Create(ObjectivePlan objective, EncoderPlan encoder, ClipShape clip, ulong seed, Action<SkeletonEncoder>? prepare = null)
    {
        // Queues and heads begin as the result of operators, whose numbers must not be collected any more than a step's.
        using var held = Finalizers.Hold();
        return Settings(objective.Resolve(encoder, clip.Frames)).Create(new ObjectiveContext(Prepared, clip, seed));

        SkeletonEncoder Prepared(EncoderPlan? other)
        {
            var made = EncoderFactory.Create(other ?? encoder, clip, seed);
            if (other is null)
                prepare?.Invoke(made);
            return made;
        }
    }

    /// <summary>The same for an encoder that sees one person at a time and does not ask which joint stands where.</summary>
    /// <inheritdoc cref="Create(ObjectivePlan, EncoderPlan, ClipShape, ulong, Action{SkeletonEncoder})"/>
    /// <param name="frames">frames of a view</param>
    /// <param name="joints">joints of a person</param>
    public static Objective Create(ObjectivePlan objective, EncoderPlan encoder, int frames, int joints, ulong seed) =>
        Create(objective, encoder, new ClipShape(1, frames, joints), seed);

    /// <summary>Views of a clip that a step sees.</summary>
    public static int Views(ObjectivePlan plan) => Settings(plan).ClipViews;

    /// <summary>The plan's own keys, as the class that they configure declares them.</summary>
    internal static ObjectiveSettings Settings(ObjectivePlan plan) => plan.As<ObjectiveSettings>();
}

/// <summary>What a plan's model weighs, counted in an instance.</summary>
/// <param name="EncoderParameters">numbers in the encoder's weights</param>
/// <param name="HeadParameters">numbers in the rest of the objective's weights: its decoder or its heads</param>
/// <param name="BufferBytes">of state that is not trained, such as a queue or a momentum encoder</param>
public sealed record ModelSize(long EncoderParameters, long HeadParameters, double BufferBytes)
{
    public long Parameters => EncoderParameters + HeadParameters;

    /// <exception cref="Core.InputException">The plan's sizes do not fit each other.</exception>
    public static ModelSize Of(ObjectivePlan objective, EncoderPlan encoder, ClipShape clip)
    {
        using var scope = NewDisposeScope();
        using var instance = ObjectiveFactory.Create(objective, encoder, clip, seed: 0);
        var ofEncoder = instance.Encoder.Weights.Sum(weight => weight.Parameter.numel());
        var ofAll = instance.Weights.Sum(weight => weight.Parameter.numel());
        var state = instance.Buffers.Sum(buffer => (double)buffer.Value.numel() * buffer.Value.element_size());
        return new ModelSize(ofEncoder, ofAll - ofEncoder, state);
    }
}
