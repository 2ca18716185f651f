using PretrainCluster.Learning.Evaluation.Numerics;

namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>The gradient of a linear head and the room that computing it takes, used again batch after batch.</summary>
public sealed class HeadGradient(LinearHead head)
{
    readonly Dictionary<int, PanelMatrix> _logits = [];

    /// <summary>[width, classes]</summary>
    public PanelMatrix Weights { get; } = new(head.Width, head.Classes);
    public float[] Bias { get; } = new float[head.Bias.Length];

    /// <summary>The mean of this gradient and another, as two replicas exchange them.</summary>
    public void AverageWith(HeadGradient other)
    {
        for (var i = 0; i < Weights.Values.Length; i++)
            Weights.Values[i] = 0.5f * (Weights.Values[i] + other.Weights.Values[i]);
        for (var i = 0; i < Bias.Length; i++)
            Bias[i] = 0.5f * (Bias[i] + other.Bias[i]);
    }

    internal PanelMatrix Logits(int rows)
    {
        if (!_logits.TryGetValue(rows, out var logits))
            _logits[rows] = logits = new(rows, head.Classes);
        return logits;
    }
}
