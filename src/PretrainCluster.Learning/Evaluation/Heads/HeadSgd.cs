using System.Numerics;
using System.Runtime.InteropServices;

namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>SGD with momentum as in PyTorch, without weight decay: velocity = momentum velocity + gradient; weights -= rate velocity.</summary>
public sealed class HeadSgd(LinearHead head, double momentum)
{
    readonly float[] _weights = new float[head.Weights.Values.Length];
    readonly float[] _bias = new float[head.Bias.Length];
    readonly float _momentum = (float)momentum;

    public void Step(HeadGradient gradient, double learningRate)
    {
        Step(head.Weights.Values, gradient.Weights.Values, _weights, (float)learningRate);
        Step(head.Bias, gradient.Bias, _bias, (float)learningRate);
    }

    void Step(Span<float> values, ReadOnlySpan<float> gradient, Span<float> velocity, float rate)
    {
        var value = MemoryMarshal.Cast<float, Vector<float>>(values);
        var slope = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        var speed = MemoryMarshal.Cast<float, Vector<float>>(velocity);
        // Panels are whole vectors, so nothing is left over.
        for (var i = 0; i < value.Length; i++)
        {
            speed[i] = speed[i] * _momentum + slope[i];
            value[i] -= speed[i] * rate;
        }
    }
}
