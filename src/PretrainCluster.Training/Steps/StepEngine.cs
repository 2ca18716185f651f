using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Lanes;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Training.Batches;

namespace PretrainCluster.Training.Steps;

/// <summary>
/// Forward and backward of a global batch: each micro-batch under its own randomness, their gradients added along one fixed tree.
/// What comes out depends on the weights, the batch and the seed, and not on the number of lanes.
/// </summary>
public sealed class StepEngine : IDisposable
{
    readonly Objective _objective;
    readonly List<Tensor> _weights;
    readonly int[] _offsets;
    readonly int _length;
    readonly ulong _seed;
    readonly long[] _clipShape;
    readonly Device _device;
    readonly Precision _precision;
    readonly LanePool _lanes;
    readonly SummationTree _tree;

    /// <param name="persons">per clip</param>
    /// <param name="lanes">micro-batches at a time; 1 on a GPU, which works on one at a time anyway</param>
    public StepEngine(Objective objective, ulong seed, int microBatches, (int Persons, int Frames, int Joints) clip, int lanes, Device device, Precision precision)
    {
        _objective = objective;
        _weights = [.. objective.Weights.Select(w => (Tensor)w.Parameter)];
        _offsets = new int[_weights.Count];
        for (var i = 0; i < _weights.Count; i++)
        {
            _offsets[i] = _length;
            _length = checked(_length + (int)_weights[i].numel());
        }
        _seed = seed;
        _clipShape = [clip.Persons, clip.Frames, clip.Joints, 3];
        _device = device;
        _precision = precision;
        _lanes = new LanePool(device.type == DeviceType.CPU ? Math.Min(lanes, microBatches) : 1);
        _tree = new SummationTree(microBatches, _length);
    }

    /// <summary>Trained numbers in all.</summary>
    public int Length => _length;

    public int Lanes => _lanes.Lanes;

    /// <summary>Where each weight's gradient begins within <see cref="StepOutcome.Gradient"/>.</summary>
    public ReadOnlySpan<int> Offsets => _offsets;

    /// <summary>Computes the mean loss and gradient of a global batch; updates nothing.</summary>
    public StepOutcome Compute(GlobalBatch batch)
    {
        var losses = new double[batch.MicroBatches.Count];
        var terms = new double[batch.MicroBatches.Count];
        _tree.Reset();
        _lanes.Run(batch.MicroBatches.Count, m => (losses[m], terms[m]) = Compute(batch.Step, batch.MicroBatches[m]));

        var count = SummationTree.Sum(terms);
        var gradient = _tree.Total;
        TensorPrimitives.Multiply(gradient.Span, (float)(1 / count), gradient.Span);
        return new StepOutcome(SummationTree.Sum(losses) / count, count, gradient);
    }

    (double Loss, double Terms) Compute(long step, MicroBatch microBatch)
    {
        using var scope = NewDisposeScope();
        using var autocast = _precision == Precision.Bf16 ? torch.autocast(_device) : null;
        var clips = tensor(microBatch.Clips, [microBatch.Samples.Count, .. _clipShape]).to(_device);
        var loss = _objective.Forward(clips, new CounterRandom(_seed, RandomPurpose.Objective, (ulong)step, (ulong)microBatch.Index));
        var gradients = autograd.grad([loss.Sum], _weights);
        var leaf = _tree.Rent();
        for (var i = 0; i < gradients.Count; i++)
        {
            using var onHost = gradients[i].to(ScalarType.Float32).cpu().contiguous();
            MemoryMarshal.Cast<byte, float>(onHost.bytes).CopyTo(leaf.AsSpan(_offsets[i]));
        }
        _tree.Add(microBatch.Index, leaf);
        return (loss.Sum.to(ScalarType.Float32).cpu().item<float>(), loss.Count);
    }

    public void Dispose()
    {
        _lanes.Dispose();
    }
}
