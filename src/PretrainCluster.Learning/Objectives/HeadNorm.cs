namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// Batch norm (Ioffe and Szegedy, ICML 2015) over all clips of a global batch, in the arithmetic and under the names of torch.nn.BatchNorm1d. A forward pass
/// changes nothing: the running statistics follow once the step is applied, so that a step whose exchange broke can be done again.
/// </summary>
sealed class HeadNorm : nn.Module
{
    const double Epsilon = 1e-5, Momentum = 0.1;

    readonly Parameter weight;
    readonly Parameter bias;
    readonly Tensor running_mean;
    readonly Tensor running_var;
    readonly Tensor num_batches_tracked;

    public HeadNorm(long width) : base(nameof(HeadNorm))
    {
        weight = new Parameter(ones(width));
        bias = new Parameter(zeros(width));
        running_mean = zeros(width);
        running_var = ones(width);
        num_batches_tracked = zeros([], ScalarType.Int64);
        RegisterComponents();
    }

    /// <param name="x">[batch, width]</param>
    /// <param name="statistics">gets the batch's in a training pass</param>
    public Tensor Forward(Tensor x, List<BatchStatistics> statistics)
    {
        if (!training)
            return nn.functional.batch_norm(x, running_mean, running_var, weight, bias, training: false, Momentum, Epsilon);
        using (no_grad())
        {
            var (variance, mean) = x.detach().var_mean([0], unbiased: true);
            statistics.Add(new BatchStatistics(this, mean, variance));
        }
        // The running statistics that a training pass would change are left behind; TorchSharp 0.99.6 cannot do without any.
        return nn.functional.batch_norm(x, running_mean.clone(), running_var.clone(), weight, bias, training: true, Momentum, Epsilon);
    }

    internal void Track(Tensor mean, Tensor variance)
    {
        using var _ = no_grad();
        running_mean.mul_(1 - Momentum).add_(mean, Momentum);
        running_var.mul_(1 - Momentum).add_(variance, Momentum);
        num_batches_tracked.add_(1);
    }
}

/// <summary>Mean and unbiased variance [width] of a batch that passed a norm.</summary>
readonly record struct BatchStatistics(HeadNorm Norm, Tensor Mean, Tensor Variance)
{
    /// <summary>Takes them into the norm's running statistics.</summary>
    public void Track() => Norm.Track(Mean, Variance);
}
