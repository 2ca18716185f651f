namespace PretrainCluster.Learning.Encoders;

/// <summary>
/// Batch norm (Ioffe and Szegedy, ICML 2015) over a micro-batch, in the arithmetic and under the names of torch.nn.BatchNorm1d and 2d; channels are the second axis.
/// A training pass changes nothing, since it may have to be done again, and by another worker: it leaves its statistics with the <see cref="TrainingPass"/>.
/// Once the step is applied, every worker takes those of all its micro-batches into the running ones, in their order.
/// </summary>
sealed class MicroBatchNorm : nn.Module
{
    const double Epsilon = 1e-5, Momentum = 0.1;

    readonly Parameter weight;
    readonly Parameter bias;
    readonly Tensor running_mean;
    readonly Tensor running_var;
    readonly Tensor num_batches_tracked;

    public MicroBatchNorm(long channels) : base(nameof(MicroBatchNorm))
    {
        weight = new Parameter(ones(channels));
        bias = new Parameter(zeros(channels));
        running_mean = zeros(channels);
        running_var = ones(channels);
        num_batches_tracked = zeros([], ScalarType.Int64);
        Channels = checked((int)channels);
        RegisterComponents();
    }

    public int Channels { get; }

    /// <summary>Whether it normalises by its running statistics in training, too, and leaves none.</summary>
    public bool IsFrozen { get; private set; }

    public void FreezeIfIn(IReadOnlySet<Parameter> frozen) => IsFrozen = frozen.Contains(weight);

    /// <param name="x">[n, channels, ...]</param>
    /// <param name="pass">null in an evaluation pass</param>
    public Tensor Forward(Tensor x, TrainingPass? pass)
    {
        if (pass is null || IsFrozen)
            return nn.functional.batch_norm(x, running_mean, running_var, weight, bias, training: false, Momentum, Epsilon);
        // With a momentum of 1, what libtorch leaves in place of running statistics are those of this batch.
        var (mean, variance) = (zeros_like(running_mean), zeros_like(running_var));
        var normalized = nn.functional.batch_norm(x, mean, variance, weight, bias, training: true, 1, Epsilon);
        pass.Leave(mean, variance);
        return normalized;
    }

    /// <summary>Takes a micro-batch into the running statistics.</summary>
    /// <param name="mean">[channels]</param>
    /// <param name="variance">[channels], unbiased</param>
    public void Track(Tensor mean, Tensor variance)
    {
        running_mean.mul_(1 - Momentum).add_(mean, Momentum);
        running_var.mul_(1 - Momentum).add_(variance, Momentum);
        num_batches_tracked.add_(1);
    }
}
