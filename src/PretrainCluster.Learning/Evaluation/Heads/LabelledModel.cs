using System.Runtime.InteropServices;
using PretrainCluster.Core.Summation;

namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>An encoder with a head on it, trained end to end on cross-entropy.</summary>
abstract class LabelledModel(SkeletonEncoder encoder, ClipShape clip, Device device, double labelSmoothing = 0) : IDisposable
{
    protected SkeletonEncoder Encoder { get; } = encoder;

    /// <summary>In the order of the gradient: the encoder's, then the head's.</summary>
    public abstract IReadOnlyList<(string Name, Parameter Parameter)> Weights { get; }

    /// <summary>Floats of the whole gradient.</summary>
    public int GradientLength => checked((int)Weights.Sum(weight => weight.Parameter.numel()));

    /// <summary>Writes the gradient of a micro-batch's summed loss, and the sum itself as the first total.</summary>
    /// <param name="views">[labels, persons, frames, joints, 3]</param>
    /// <returns>what the micro-batch leaves for <see cref="Track(IEnumerable{float[]})"/></returns>
    public float[] Gradient(float[] views, long[] labels, CounterRandom random, SumBuffer result)
    {
        using var scope = NewDisposeScope();
        var statistics = new List<Tensor>();
        var logits = Logits(Batch(views, labels.Length), new TrainingPass(random, statistics));
        var loss = nn.functional.cross_entropy(logits, tensor(labels).to(device), label_smoothing: labelSmoothing) * labels.Length;
        var gradients = autograd.grad([loss], [.. Weights.Select(weight => (Tensor)weight.Parameter)]);
        var at = 0;
        foreach (var gradient in gradients)
        {
            var length = (int)gradient.numel();
            MemoryMarshal.Cast<byte, float>(gradient.cpu().contiguous().bytes).CopyTo(result.Values.AsSpan(at, length));
            at += length;
        }
        result.Totals[0] = loss.item<float>();
        float[] left = [.. statistics.SelectMany(part => part.cpu().data<float>().ToArray())];
        statistics.ForEach(part => part.Dispose());
        return left;
    }

    /// <summary>Takes what the micro-batches of a step left into the running statistics, in their order.</summary>
    public void Track(IEnumerable<float[]> statistics)
    {
        using var held = Finalizers.Hold();
        using var scope = NewDisposeScope();
        foreach (var left in statistics.Where(left => left.Length > 0))
            Track(tensor(left).to(device));
    }

    /// <summary>One update with the mean of summed gradients.</summary>
    /// <param name="gradient">in the order of <see cref="Weights"/></param>
    public void Step(Optimizers.Optimizer optimizer, float[] gradient, double largestNorm, double learningRate)
    {
        using var held = Finalizers.Hold();
        using var scope = NewDisposeScope();
        var gradients = new List<Tensor>();
        var at = 0L;
        foreach (var (_, weight) in Weights)
        {
            gradients.Add(frombuffer(gradient, ScalarType.Float32, weight.numel(), at).reshape(weight.shape).to(device));
            at += weight.numel();
        }
        Optimizers.GradientNorm.Clip(gradients, largestNorm);
        optimizer.Step(gradients, learningRate);
    }

    /// <summary>The most likely class of each clip.</summary>
    public int[] Predict(float[] views, int clips)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return [.. Logits(Batch(views, clips), pass: null).argmax(1).cpu().data<long>().ToArray().Select(label => (int)label)];
    }

    public virtual void Dispose() => Encoder.Dispose();

    /// <param name="clips">[clips, persons, frames, joints, 3]</param>
    /// <returns>[clips, classes]</returns>
    protected abstract Tensor Logits(Tensor clips, TrainingPass? pass);

    protected abstract void Track(Tensor statistics);

    Tensor Batch(float[] views, int clips) => tensor(views, [clips, clip.Persons, clip.Frames, clip.Joints, 3], device: device);
}
