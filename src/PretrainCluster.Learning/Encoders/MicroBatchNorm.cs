namespace PretrainCluster.Learning.Encoders;

/// <summary>Batch norm over a micro-batch, in the arithmetic of torch.nn.BatchNorm1d and 2d; channels are the second axis. A training pass leaves its statistics with the <see cref="TrainingPass"/>.</summary>
public sealed class MicroBatchNorm(long channels) : TrackedNorm(nameof(MicroBatchNorm), channels)
{
    public int Channels { get; } = checked((int)channels);

    /// <summary>Whether it normalises by its running statistics in training, too, and leaves none.</summary>
    public bool IsFrozen { get; private set; }

    public void FreezeIfIn(IReadOnlySet<Parameter> frozen) => IsFrozen = frozen.Contains(weight);

    /// <param name="x">[n, channels, ...]</param>
    /// <param name="pass">null in an evaluation pass</param>
    public Tensor Forward(Tensor x, TrainingPass? pass)
    {
        if (pass is null || IsFrozen)
            return Evaluated(x);
        // With a momentum of 1, what libtorch leaves in place of running statistics are those of this batch.
        var (mean, variance) = (zeros_like(running_mean), zeros_like(running_var));
        var normalized = nn.functional.batch_norm(x, mean, variance, weight, bias, training: true, 1, Epsilon);
        pass.Leave(mean, variance);
        return normalized;
    }
}

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
