namespace PretrainCluster.Learning.Encoders;

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
