using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Numerics;

namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>One linear layer with a softmax cross-entropy: logits = features W + b.</summary>
public sealed class LinearHead
{
    /// <summary>Weights from N(0, <paramref name="deviation"/>^2), biases 0.</summary>
    public LinearHead(int width, int classes, double deviation, CounterRandom random)
    {
        Weights = new(width, classes);
        Bias = new float[Weights.Panels * PanelMatrix.PanelWidth];
        for (var c = 0; c < classes; c++)
        {
            for (var i = 0; i < width; i++)
                Weights[i, c] = (float)(deviation * random.NextGaussian());
        }
    }

    /// <summary>[width, classes]</summary>
    public PanelMatrix Weights { get; }

    /// <summary>[classes], padded as the weights' columns are.</summary>
    public float[] Bias { get; }
    public int Width => Weights.Rows;
    public int Classes => Weights.Columns;

    /// <summary>Mean cross-entropy of a batch; the gradient of it is written to <paramref name="gradient"/>.</summary>
    /// <param name="features">row-major [labels, width]</param>
    public double Gradient(ReadOnlySpan<float> features, ReadOnlySpan<int> labels, HeadGradient gradient)
    {
        var rows = labels.Length;
        var logits = gradient.Logits(rows);
        PanelMatrix.Multiply(features, Width, 1, rows, Width, Weights, logits);
        Array.Clear(gradient.Bias);
        var loss = 0.0;
        for (var row = 0; row < rows; row++)
        {
            loss -= SoftmaxInPlace(logits, row, labels[row]);
            logits[row, labels[row]] -= 1;
            for (var c = 0; c < Classes; c++)
            {
                ref var difference = ref logits[row, c];
                difference /= rows;
                gradient.Bias[c] += difference;
            }
        }
        PanelMatrix.Multiply(features, 1, Width, Width, rows, logits, gradient.Weights);
        return loss / rows;
    }

    /// <summary>The most likely class of each clip (the smallest among equals), and the mean cross-entropy against the labels.</summary>
    public (int[] Classes, double Loss) Predict(FeatureSet features)
    {
        const int Rows = 256;
        var logits = new PanelMatrix(Rows, Classes);
        var predicted = new int[features.Clips];
        var loss = 0.0;
        for (var start = 0; start < features.Clips; start += Rows)
        {
            var rows = Math.Min(Rows, features.Clips - start);
            PanelMatrix.Multiply(features.Values.AsSpan(start * Width, rows * Width), Width, 1, rows, Width, Weights, logits);
            for (var row = 0; row < rows; row++)
            {
                loss -= SoftmaxInPlace(logits, row, features.Labels[start + row]);
                var best = 0;
                for (var c = 1; c < Classes; c++)
                {
                    if (logits[row, c] > logits[row, best])
                        best = c;
                }
                predicted[start + row] = best;
            }
        }
        return (predicted, loss / Math.Max(1, features.Clips));
    }

    /// <summary>Row-major [clips, classes].</summary>
    public float[] Logits(FeatureSet features)
    {
        var logits = new PanelMatrix(features.Clips, Classes);
        PanelMatrix.Multiply(features.Values, Width, 1, features.Clips, Width, Weights, logits);
        var values = new float[features.Clips * Classes];
        for (var i = 0; i < values.Length; i++)
            values[i] = logits[i / Classes, i % Classes] + Bias[i % Classes];
        return values;
    }

    /// <summary>Turns logits without bias into probabilities; returns the logarithm of the label's.</summary>
    double SoftmaxInPlace(PanelMatrix logits, int row, int label)
    {
        var max = float.NegativeInfinity;
        for (var c = 0; c < Classes; c++)
        {
            ref var logit = ref logits[row, c];
            logit += Bias[c];
            max = Math.Max(max, logit);
        }
        double shifted = logits[row, label] - max;
        var sum = 0f;
        for (var c = 0; c < Classes; c++)
        {
            ref var logit = ref logits[row, c];
            logit = MathF.Exp(logit - max);
            sum += logit;
        }
        for (var c = 0; c < Classes; c++)
            logits[row, c] /= sum;
        return shifted - Math.Log(sum);
    }
}
