using System.Runtime.InteropServices;
using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Core.Summation;
using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>An encoder with a linear layer on the mean of its tokens, trained end to end on cross-entropy.</summary>
sealed class SupervisedModel : IDisposable
{
    readonly SkeletonTransformer _encoder;
    readonly Parameter _weight, _bias;
    readonly int _persons;

    public SupervisedModel(EncoderPlan plan, int persons, int frames, int joints, int classes, long seed)
    {
        _persons = persons;
        _encoder = new SkeletonTransformer(plan, frames, joints, (ulong)seed);
        var random = EvaluationStream.HeadWeights.Random(seed);
        var values = new float[classes * plan.Width];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(0.01 * random.NextGaussian());
        _weight = new Parameter(tensor(values, [classes, plan.Width]));
        _bias = new Parameter(zeros(classes));
        Weights = [.. _encoder.Weights, ("head.fc.weight", _weight), ("head.fc.bias", _bias)];
    }

    /// <summary>In the order of the gradient.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Weights { get; }

    /// <summary>Floats of the whole gradient.</summary>
    public int GradientLength => checked((int)Weights.Sum(weight => weight.Parameter.numel()));

    /// <summary>Writes the gradient of a micro-batch's summed loss, and the sum itself as the first total.</summary>
    /// <param name="views">[labels, persons, frames, joints, 3]</param>
    public void Gradient(float[] views, long[] labels, CounterRandom random, SumBuffer result)
    {
        using var scope = NewDisposeScope();
        var tokens = Tokens(views, labels.Length, new DropoutNoise(random));
        var loss = nn.functional.cross_entropy(Logits(tokens, labels.Length), tensor(labels)) * labels.Length;
        var gradients = autograd.grad([loss], [.. Weights.Select(weight => (Tensor)weight.Parameter)]);
        var at = 0;
        foreach (var gradient in gradients)
        {
            var length = (int)gradient.numel();
            MemoryMarshal.Cast<byte, float>(gradient.contiguous().bytes).CopyTo(result.Values.AsSpan(at, length));
            at += length;
        }
        result.Totals[0] = loss.item<float>();
    }

    /// <summary>The most likely class of each clip.</summary>
    public int[] Predict(float[] views, int clips)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return [.. Logits(Tokens(views, clips, noise: null), clips).argmax(1).data<long>().ToArray().Select(label => (int)label)];
    }

    public void Dispose()
    {
        _encoder.Dispose();
        _weight.Dispose();
        _bias.Dispose();
    }

    Tensor Tokens(float[] views, int clips, DropoutNoise? noise)
    {
        var batch = tensor(views, [clips, _persons, _encoder.Grid.FrameCount, _encoder.Grid.JointCount, 3]);
        return _encoder.Encode(_encoder.Grid.Split(batch), kept: null, noise);
    }

    Tensor Logits(Tensor tokens, int clips)
        => nn.functional.linear(tokens.reshape(clips, -1, _encoder.Width).mean([1]), _weight, _bias);
}
