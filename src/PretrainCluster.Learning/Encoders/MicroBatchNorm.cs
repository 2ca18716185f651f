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

/// <summary>
/// Batch norm (Ioffe and Szegedy, ICML 2015) under the names of torch.nn.BatchNorm1d and 2d, whose running statistics follow by themselves: a training pass changes nothing,
/// since it may have to be done again, and by another worker. Once the step is applied, every worker tracks what the step's batches left.
/// </summary>
public abstract class TrackedNorm : nn.Module
{
    private protected const double Epsilon = 1e-5, Momentum = 0.1;

    // Not private: TorchSharp finds, and moves between devices, only those fields that the derived type sees.
    private protected readonly Parameter weight;
    private protected readonly Parameter bias;
    private protected readonly Tensor running_mean;
    private protected readonly Tensor running_var;
    private protected readonly Tensor num_batches_tracked;

    private protected TrackedNorm(string name, long channels) : base(name)
    {
        weight = new Parameter(ones(channels));
        bias = new Parameter(zeros(channels));
        running_mean = zeros(channels);
        running_var = ones(channels);
        num_batches_tracked = zeros([], ScalarType.Int64);
        RegisterComponents();
    }

    /// <summary>Takes a batch into the running statistics.</summary>
    /// <param name="mean">[channels]</param>
    /// <param name="variance">[channels], unbiased</param>
    public void Track(Tensor mean, Tensor variance)
    {
        using var _ = no_grad();
        running_mean.mul_(1 - Momentum).add_(mean, Momentum);
        running_var.mul_(1 - Momentum).add_(variance, Momentum);
        num_batches_tracked.add_(1);
    }

    /// <summary>Normalises by the running statistics.</summary>
    /// <param name="x">[n, channels, ...]</param>
    private protected Tensor Evaluated(Tensor x) => nn.functional.batch_norm(x, running_mean, running_var, weight, bias, training: false, Momentum, Epsilon);
}
