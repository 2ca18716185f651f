namespace PretrainCluster.Learning.Objectives;

/// <summary>Batch norm over all clips of a global batch, in the arithmetic of torch.nn.BatchNorm1d.</summary>
sealed class HeadNorm(long width) : TrackedNorm(nameof(HeadNorm), width)
{
    /// <param name="x">[batch, width]</param>
    /// <param name="statistics">gets the batch's in a training pass</param>
    public Tensor Forward(Tensor x, List<BatchStatistics> statistics)
    {
        if (!training)
            return Evaluated(x);
        using (no_grad())
        {
            var (variance, mean) = x.detach().var_mean([0], unbiased: true);
            statistics.Add(new BatchStatistics(this, mean, variance));
        }
        // The running statistics that a training pass would change are left behind; TorchSharp 0.99.6 cannot do without any.
        return nn.functional.batch_norm(x, running_mean.clone(), running_var.clone(), weight, bias, training: true, Momentum, Epsilon);
    }
}

/// <summary>Mean and unbiased variance [width] of a batch that passed a norm.</summary>
readonly record struct BatchStatistics(HeadNorm Norm, Tensor Mean, Tensor Variance)
{
    /// <summary>Takes them into the norm's running statistics.</summary>
    public void Track() => Norm.Track(Mean, Variance);
}
