namespace PretrainCluster.Learning.Encoders;

/// <summary>
/// One training pass of a micro-batch through its encoders. An evaluation pass has none: then nothing is dropped, and batch norm takes its running statistics.
/// </summary>
/// <param name="random">the micro-batch's own stream</param>
/// <param name="statistics">gets mean and unbiased variance of every <see cref="MicroBatchNorm"/> that is passed, one after another, for its owner to dispose; null where nobody asks</param>
public sealed class TrainingPass(CounterRandom random, ICollection<Tensor>? statistics = null)
{
    /// <summary>What is dropped.</summary>
    public DropoutNoise Noise { get; } = new(random);

    public void Leave(Tensor mean, Tensor variance)
    {
        // They outlive the scope of the block whose norm it is.
        statistics?.Add(mean.DetachFromDisposeScope());
        statistics?.Add(variance.DetachFromDisposeScope());
    }
}
