using PretrainCluster.Learning.Evaluation.Features;

namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>How a linear head is trained on features that stay the same: SGD with momentum, cosine to 0 step by step, every clip once an epoch.</summary>
public sealed record HeadTraining
{
    public int Epochs { get; init; } = 100;
    public int Batch { get; init; } = 64;
    public double Momentum { get; init; } = 0.9;

    /// <summary>Standard deviation of the initial weights.</summary>
    public double Deviation { get; init; } = 0.01;

    /// <param name="features">standardised features of the clips to train on</param>
    /// <param name="seed">of the initial weights and of each epoch's order</param>
    public LinearHead Train(FeatureSet features, int classes, double learningRate, long seed, CancellationToken cancellation)
    {
        var width = features.Width;
        var head = new LinearHead(width, classes, Deviation, EvaluationStream.HeadWeights.Random(seed));
        var gradient = new HeadGradient(head);
        var optimizer = new HeadSgd(head, Momentum);
        var order = Enumerable.Range(0, features.Clips).ToArray();
        var (batch, labels) = (new float[Batch * width], new int[Batch]);
        var batches = (features.Clips + Batch - 1) / Batch;

        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            cancellation.ThrowIfCancellationRequested();
            var random = EvaluationStream.Order.Random(seed, (ulong)epoch);
            random.Shuffle(order.AsSpan());
            for (var step = 0; step < batches; step++)
            {
                var rows = order.AsSpan(step * Batch, Math.Min(Batch, features.Clips - step * Batch));
                for (var i = 0; i < rows.Length; i++)
                {
                    features.Row(rows[i]).CopyTo(batch.AsSpan(i * width));
                    labels[i] = features.Labels[rows[i]];
                }
                head.Gradient(batch.AsSpan(0, rows.Length * width), labels.AsSpan(0, rows.Length), gradient);
                optimizer.Step(gradient, learningRate * CosineDecay.At(epoch * (double)batches + step, Epochs * (double)batches));
            }
        }
        return head;
    }
}
