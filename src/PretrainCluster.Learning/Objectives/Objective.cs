namespace PretrainCluster.Learning.Objectives;

/// <summary>The loss of one micro-batch as a sum and the number of terms in it; division comes after the sums of all micro-batches are added.</summary>
/// <param name="Sum">A scalar that can be differentiated.</param>
/// <param name="Count">Terms in the sum, e.g. masked tokens.</param>
public readonly record struct LossSum(Tensor Sum, double Count);

/// <summary>A self-supervised objective around an encoder: everything that is trained.</summary>
public abstract class Objective : nn.Module
{
    protected Objective(string name, SkeletonEncoder encoder) : base(name)
    {
        Encoder = encoder;
        register_module("encoder", encoder);
    }

    /// <summary>The encoder that is pretrained.</summary>
    public SkeletonEncoder Encoder { get; }

    /// <summary>What couples the samples of a step.</summary>
    public virtual Coupling Coupling => Coupling.Nothing;

    /// <summary>Views of a clip that a step sees, each drawn on its own: 1 or 2.</summary>
    public virtual int Views => 1;

    /// <summary>
    /// State that is not trained: queues, momentum encoders, running statistics. Only what follows a step's update changes it; a checkpoint holds it.
    /// </summary>
    public virtual NamedState Buffers => [];

    /// <summary>
    /// Every parameter, the encoder's first, by its name in the public implementation's state dict. The order is fixed; gradients and optimiser state follow it.
    /// </summary>
    public abstract NamedWeights Weights { get; }

    /// <summary>Of <see cref="Weights"/>, in their order, those that are not frozen: gradients and optimiser state are of these.</summary>
    public NamedWeights Trained => [.. Weights.Where(weight => weight.Parameter.requires_grad)];

    /// <summary>
    /// The encoders that a micro-batch goes through in training, one pass after another. Each leaves the statistics of its batch norms, if it has any, which
    /// enter the running ones once the weights are updated.
    /// </summary>
    public virtual IReadOnlyList<SkeletonEncoder> Passes => [];

    /// <summary>Part of the run that was done before the step, 0 to 1, for what changes over a run. Whoever steps says it.</summary>
    public double Progress { get; set; }

    /// <summary>Numbers that the <see cref="Passes"/> of a micro-batch leave.</summary>
    public int StatisticsLength => Passes.Sum(encoder => encoder.StatisticsLength);

    /// <summary>Takes what the micro-batches of a step left into the running statistics, in their order.</summary>
    /// <param name="statistics">[micro-batches, <see cref="StatisticsLength"/>]</param>
    public void Track(Tensor statistics)
    {
        using var scope = NewDisposeScope();
        for (var microBatch = 0L; microBatch < statistics.shape[0]; microBatch++)
        {
            var (left, at) = (statistics.select(0, microBatch), 0L);
            foreach (var encoder in Passes)
            {
                encoder.Track(left.narrow(0, at, encoder.StatisticsLength));
                at += encoder.StatisticsLength;
            }
        }
    }

    /// <summary>
    /// The loss of one micro-batch. May be called by several threads at a time: it reads the weights and changes nothing.
    /// </summary>
    /// <param name="clips">[views, clips, persons, frames, joints, 3]</param>
    /// <param name="random">the micro-batch's own stream; every random choice of the objective (masks, dropout) comes from it</param>
    public abstract LossSum Forward(Tensor clips, CounterRandom random);
}

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
