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
