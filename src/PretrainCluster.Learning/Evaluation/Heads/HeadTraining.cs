namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>
/// How linear heads are trained on features that stay the same: SGD with momentum, cosine to 0 step by step, every clip
/// once an epoch.
/// </summary>
sealed record HeadTraining
{
    public int Epochs { get; init; } = 100;
    public int Batch { get; init; } = 64;

    /// <summary>Standard deviation of the initial weights.</summary>
    public double Deviation { get; init; } = 0.01;

    /// <param name="features">[clips, width], standardised</param>
    /// <param name="labels">int64 [clips]</param>
    /// <param name="rates">one head is trained at each; they see the same batches</param>
    /// <param name="seed">of the initial weights and of each epoch's order</param>
    public LinearHeads Train(
        Tensor features, Tensor labels, int classes, IReadOnlyList<double> rates, long seed, CancellationToken cancellation)
    {
        var clips = (int)features.shape[0];
        var weights = EvaluationStream.HeadWeights.Random(seed);
        var heads = new LinearHeads((int)features.shape[1], classes, Deviation, weights, rates);
        var order = Enumerable.Range(0, clips).Select(clip => (long)clip).ToArray();
        var batches = (clips + Batch - 1) / Batch;
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var random = EvaluationStream.Order.Random(seed, (ulong)epoch);
            random.Shuffle(order.AsSpan());
            var rows = tensor(order);
            for (var step = 0; step < batches; step++)
            {
                using var batch = NewDisposeScope();
                var chosen = rows.narrow(0, step * Batch, Math.Min(Batch, clips - step * Batch));
                heads.Step(
                    features.index_select(0, chosen), labels.index_select(0, chosen),
                    CosineDecay.At(epoch * (double)batches + step, Epochs * (double)batches));
            }
        }
        return heads;
    }
}
