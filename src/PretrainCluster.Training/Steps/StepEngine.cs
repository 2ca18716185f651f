using System.Runtime.InteropServices;
using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Core.Summation;
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
    const int LossTotal = 0, TermTotal = 1;

    readonly Objective _objective;
    readonly List<Tensor> _weights;
    readonly int[] _offsets;
    readonly int _length;
    readonly ulong _seed;
    readonly ClipShape _clip;
    readonly Device _device;
    readonly Precision _precision;
    readonly LanePool _lanes;
    readonly TreeAccumulator _sums;

    /// <param name="lanes">micro-batches at a time; on a GPU always 1, which keeps it busy anyway</param>
    public StepEngine(Objective objective, ulong seed, int microBatches, ClipShape clip, int lanes, Device device, Precision precision)
    {
        _objective = objective;
        _weights = [.. objective.Weights.Select(weight => (Tensor)weight.Parameter)];
        _offsets = new int[_weights.Count];
        for (var i = 0; i < _weights.Count; i++)
        {
            _offsets[i] = _length;
            _length = checked(_length + (int)_weights[i].numel());
        }
        (_seed, _clip, _device, _precision) = (seed, clip, device, precision);
        _lanes = new LanePool(device.type == DeviceType.CPU ? Math.Min(lanes, microBatches) : 1);
        _sums = new TreeAccumulator(microBatches, _length, totals: 2);
    }

    /// <summary>Micro-batches at a time.</summary>
    public int Lanes => _lanes.Lanes;

    /// <summary>Sums loss and gradient over a global batch; updates nothing.</summary>
    public StepOutcome Compute(GlobalBatch batch)
    {
        try
        {
            _lanes.Run(batch.MicroBatches.Count, m => Compute(batch.Step, batch.MicroBatches[m]));
        }
        catch
        {
            _sums.Discard();
            throw;
        }
        var sum = _sums.TakeRoot();
        return new StepOutcome(sum.Totals[LossTotal], sum.Totals[TermTotal], sum);
    }

    /// <summary>The mean gradient as one tensor per weight, on the device; they live in the caller's dispose scope.</summary>
    public IReadOnlyList<Tensor> Gradients(StepOutcome outcome)
    {
        var flat = tensor(outcome.Gradient.Values).to(_device).div_((float)outcome.Terms);
        return [.. _weights.Select((weight, i) => flat.narrow(0, _offsets[i], weight.numel()).view(weight.shape))];
    }

    public void Return(StepOutcome outcome) => _sums.Return(outcome.Gradient);

    public void Dispose() => _lanes.Dispose();

    void Compute(long step, MicroBatch microBatch)
    {
        using var scope = NewDisposeScope();
        var clips = tensor(microBatch.Clips, [microBatch.Samples.Count, _clip.Persons, _clip.Frames, _clip.Joints, 3]).to(_device);
        LossSum loss;
        using (Autocast.Enter(_device, _precision))
            loss = _objective.Forward(clips, new CounterRandom(_seed, RandomPurpose.Objective, (ulong)step, (ulong)microBatch.Index));

        var gradients = autograd.grad([loss.Sum], _weights);
        var leaf = _sums.Rent();
        for (var i = 0; i < gradients.Count; i++)
        {
            var onHost = gradients[i].to(ScalarType.Float32).cpu().contiguous();
            MemoryMarshal.Cast<byte, float>(onHost.bytes).CopyTo(leaf.Values.AsSpan(_offsets[i]));
        }
        leaf.Totals[LossTotal] = loss.Sum.to(ScalarType.Float32).cpu().item<float>();
        leaf.Totals[TermTotal] = loss.Count;
        _sums.Add(microBatch.Index, leaf);
    }
}
