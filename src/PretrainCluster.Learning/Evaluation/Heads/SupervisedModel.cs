using System.Runtime.InteropServices;
using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Core.Summation;
using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>An encoder with a linear layer on its features, trained end to end on cross-entropy.</summary>
sealed class SupervisedModel : IDisposable
{
    readonly SkeletonEncoder _encoder;
    readonly Parameter _weight, _bias;
    readonly ClipShape _clip;

    public SupervisedModel(EncoderPlan plan, ClipShape clip, int classes, long seed)
    {
        _clip = clip;
        _encoder = EncoderFactory.Create(plan, clip, (ulong)seed);
        var random = EvaluationStream.HeadWeights.Random(seed);
        var values = new float[classes * _encoder.Width];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(0.01 * random.NextGaussian());
        _weight = new Parameter(tensor(values, [classes, _encoder.Width]));
        _bias = new Parameter(zeros(classes));
        Weights = [.. _encoder.Weights, ("head.fc.weight", _weight), ("head.fc.bias", _bias)];
    }

    /// <summary>In the order of the gradient.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Weights { get; }

    /// <summary>Floats of the whole gradient.</summary>
    public int GradientLength => checked((int)Weights.Sum(weight => weight.Parameter.numel()));

    /// <summary>Writes the gradient of a micro-batch's summed loss, and the sum itself as the first total.</summary>
    /// <param name="views">[labels, persons, frames, joints, 3]</param>
    /// <returns>what the micro-batch leaves for <see cref="Track"/></returns>
    public float[] Gradient(float[] views, long[] labels, CounterRandom random, SumBuffer result)
    {
        using var scope = NewDisposeScope();
        var statistics = new List<Tensor>();
        var loss = nn.functional.cross_entropy(Logits(views, labels.Length, new TrainingPass(random, statistics)), tensor(labels)) * labels.Length;
        var gradients = autograd.grad([loss], [.. Weights.Select(weight => (Tensor)weight.Parameter)]);
        var at = 0;
        foreach (var gradient in gradients)
        {
            var length = (int)gradient.numel();
            MemoryMarshal.Cast<byte, float>(gradient.contiguous().bytes).CopyTo(result.Values.AsSpan(at, length));
            at += length;
        }
        result.Totals[0] = loss.item<float>();
        return [.. statistics.SelectMany(part => part.data<float>().ToArray())];
    }

    /// <summary>Takes what the micro-batches of a step left into the running statistics, in their order.</summary>
    public void Track(IEnumerable<float[]> statistics)
    {
        using var held = Finalizers.Hold();
        using var scope = NewDisposeScope();
        foreach (var left in statistics.Where(left => left.Length > 0))
            _encoder.Track(tensor(left));
    }

    /// <summary>The most likely class of each clip.</summary>
    public int[] Predict(float[] views, int clips)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return [.. Logits(views, clips, pass: null).argmax(1).data<long>().ToArray().Select(label => (int)label)];
    }

    public void Dispose()
    {
        _encoder.Dispose();
        _weight.Dispose();
        _bias.Dispose();
    }

    Tensor Logits(float[] views, int clips, TrainingPass? pass)
    {
        var batch = tensor(views, [clips, _clip.Persons, _clip.Frames, _clip.Joints, 3]);
        return nn.functional.linear(_encoder.Features(batch, pass), _weight, _bias);
    }
}
