namespace PretrainCluster.Core.Sampling;

/// <summary>A sample's turn in a run.</summary>
/// <param name="Sample">index into the training side of the split, from 0</param>
/// <param name="Epoch">from 0</param>
public readonly record struct ScheduledSample(long Sample, long Epoch);

/// <summary>
/// Which samples every step of a run uses: one endless sequence, epoch after epoch, each a permutation keyed by (seed, epoch), cut into
/// global batches and those into micro-batches. All of it is arithmetic: a position in a run is its step number, and nothing is stored.
/// </summary>
/// <remarks>Safe for many threads.</remarks>
public sealed class SamplingOrder
{
    readonly ulong _seed;
    volatile EpochOrder? _latest;

    /// <param name="seed">the plan's</param>
    /// <param name="samples">samples of an epoch</param>
    /// <param name="batch">samples of a global batch</param>
    /// <param name="microBatches">micro-batches of a global batch; divides <paramref name="batch"/></param>
    /// <param name="dropLast">leave out each epoch's remainder; otherwise a step may span epochs</param>
    /// <exception cref="InputException">There is nothing to train on.</exception>
    public SamplingOrder(ulong seed, long samples, int batch, int microBatches, bool dropLast)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(microBatches, 1);
        if (batch % microBatches != 0)
            throw new ArgumentException($"{microBatches} micro-batches do not divide a batch of {batch}.", nameof(microBatches));
        if (samples < 1)
            throw new InputException("There is no clip to train on: the training side of the split is empty.");
        if (dropLast && samples < batch)
            throw new InputException($"The training side has {samples} clips, fewer than one batch of {batch}, and training.batch.drop_last leaves out what does not fill a batch; make training.batch.clips smaller.");
        _seed = seed;
        Samples = samples;
        Batch = batch;
        MicroBatches = microBatches;
        DropLast = dropLast;
        SamplesPerEpoch = dropLast ? samples / batch * batch : samples;
    }

    public long Samples { get; }
    public int Batch { get; }
    public int MicroBatches { get; }
    public bool DropLast { get; }

    /// <summary>Samples of a micro-batch.</summary>
    public int MicroBatchSize => Batch / MicroBatches;

    /// <summary>Samples used of each epoch: all, or with <see cref="DropLast"/> those that fill whole batches.</summary>
    public long SamplesPerEpoch { get; }

    /// <summary>Whole steps in <paramref name="epochs"/> epochs; what is left of the last epoch after them is the run's tail, not used.</summary>
    /// <exception cref="InputException">Not even one.</exception>
    public long TotalSteps(long epochs)
    {
        var steps = (long)((Int128)SamplesPerEpoch * epochs / Batch);
        return steps > 0 ? steps
            : throw new InputException($"{epochs} epochs of {Samples} clips do not fill one batch of {Batch}; make training.batch.clips smaller or training.epochs larger.");
    }

    /// <summary>Passes over the data after <paramref name="steps"/> steps, e.g. 1.5.</summary>
    public double Epochs(long steps) => (double)steps * Batch / SamplesPerEpoch;

    /// <summary>The samples of the global batch of step <paramref name="step"/>, from 0.</summary>
    public ScheduledSample[] OfStep(long step) => Take(checked(step * Batch), Batch);

    /// <summary>The samples of micro-batch <paramref name="microBatch"/> of step <paramref name="step"/>, both from 0.</summary>
    public ScheduledSample[] OfMicroBatch(long step, int microBatch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(microBatch);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(microBatch, MicroBatches);
        return Take(checked(step * Batch + (long)microBatch * MicroBatchSize), MicroBatchSize);
    }

    /// <summary>The sample at <paramref name="position"/> of the endless sequence, from 0.</summary>
    public ScheduledSample At(long position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        var (epoch, index) = Math.DivRem(position, SamplesPerEpoch);
        return new(OrderOf(epoch)[index], epoch);
    }

    ScheduledSample[] Take(long start, int count)
    {
        var samples = new ScheduledSample[count];
        for (var i = 0; i < count; i++)
            samples[i] = At(start + i);
        return samples;
    }

    KeyedPermutation OrderOf(long epoch)
    {
        var latest = _latest;
        if (latest is null || latest.Epoch != epoch)
            _latest = latest = new(epoch, new(Samples, new CounterRandom(_seed, RandomPurpose.SamplingOrder, (ulong)epoch)));
        return latest.Order;
    }

    sealed record EpochOrder(long Epoch, KeyedPermutation Order);
}
