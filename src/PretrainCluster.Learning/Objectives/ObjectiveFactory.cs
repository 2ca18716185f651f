namespace PretrainCluster.Learning.Objectives;

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
    internal static ObjectiveSettings Settings(ObjectivePlan plan) => plan as ObjectiveSettings ?? throw new InvalidOperationException($"The plan was read without the kind of its objective, {plan.Kind}.");
}
