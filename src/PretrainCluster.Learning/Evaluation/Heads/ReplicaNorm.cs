namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>
/// PyTorch's BatchNorm1d(affine=False) under DistributedDataParallel: each replica normalises by its own batch, and the
/// running statistics are the first replica's. They belong to the caller's dispose scope.
/// </summary>
sealed class ReplicaNorm(int width, double epsilon)
{
    public Tensor RunningMean { get; } = zeros(width);
    public Tensor RunningVariance { get; } = ones(width);

    /// <param name="batches">[replicas, clips, width]</param>
    /// <returns>[replicas * clips, width]</returns>
    public Tensor Training(Tensor batches)
    {
        using var mean = RunningMean.clone();
        using var variance = RunningVariance.clone();
        var first = Normalize(batches.select(0, 0), RunningMean, RunningVariance, training: true);
        var others = Enumerable.Range(1, (int)batches.shape[0] - 1)
            .Select(replica => Normalize(batches.select(0, replica), mean, variance, training: true));
        return cat([first, .. others]);
    }

    /// <param name="features">[clips, width]</param>
    public Tensor Evaluation(Tensor features) => Normalize(features, RunningMean, RunningVariance, training: false);

    Tensor Normalize(Tensor features, Tensor mean, Tensor variance, bool training) =>
        nn.functional.batch_norm(features, mean, variance, training: training, momentum: 0.1, eps: epsilon);
}
