namespace PretrainCluster.Learning.Objectives;

/// <summary>The loss of a whole global batch.</summary>
/// <param name="Loss">can be differentiated by the embeddings and the head's weights</param>
/// <param name="AfterUpdate">takes the batch into the buffers, once the weights are updated</param>
public readonly record struct GlobalLoss(LossSum Loss, Action AfterUpdate);

/// <summary>
/// An objective whose loss couples all clips of the global batch: the encoder embeds each micro-batch on its own, the head and the loss see all embeddings at once.
/// That split is what gradient caching needs (Gao et al., "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup", arXiv 2101.06983).
/// </summary>
public abstract class GlobalBatchObjective(string name, SkeletonEncoder encoder) : Objective(name, encoder)
{
    /// <summary>What does not fit the batch of a plan whose objective's batch norm and loss compare its clips.</summary>
    private protected static IEnumerable<(string Path, string Message)> BatchProblems(ObjectiveSettings settings, Plan plan)
    {
        if (plan.Training.Batch.Clips < 2)
            yield return ("training.batch.clips", $"at least 2 clips are expected for {settings.Kind}, not {plan.Training.Batch.Clips}: its batch norm and its loss compare the clips of a batch");
    }

    public sealed override Coupling Coupling => Coupling.GlobalBatch;

    /// <summary>The weights behind the embeddings; <see cref="Objective.Weights"/> has them after the encoder's.</summary>
    public abstract NamedWeights Head { get; }

    /// <summary>Numbers of a view's embedding.</summary>
    public abstract int EmbeddingWidth { get; }

    /// <summary>What the encoder makes of a micro-batch: a function of its clips, the encoder's weights and <paramref name="random"/> alone.</summary>
    /// <param name="clips">[views, clips, persons, frames, joints, 3]</param>
    /// <param name="random">the micro-batch's own stream</param>
    /// <param name="statistics">gets what the <see cref="Objective.Passes"/> leave, in pieces; null where nobody asks</param>
    /// <returns>[clips, views, <see cref="EmbeddingWidth"/>]</returns>
    public abstract Tensor Embed(Tensor clips, CounterRandom random, ICollection<Tensor>? statistics = null);

    /// <summary>Head and loss of a whole batch; reads the buffers and changes nothing.</summary>
    /// <param name="embeddings">of all micro-batches, in their order: [clips, views, <see cref="EmbeddingWidth"/>]</param>
    public abstract GlobalLoss Loss(Tensor embeddings);

    /// <summary>The same for an objective that knows its clips again, or chooses at random; others need not say more than the above.</summary>
    /// <param name="samples">the dataset's index of each clip; empty where nobody knows</param>
    /// <param name="random">the step's own stream, equal at every worker</param>
    public virtual GlobalLoss Loss(Tensor embeddings, IReadOnlyList<long> samples, CounterRandom random) => Loss(embeddings);

    /// <summary>The loss of these clips as if they were a whole batch, in one piece.</summary>
    public sealed override LossSum Forward(Tensor clips, CounterRandom random) => Loss(Embed(clips, random)).Loss;
}
