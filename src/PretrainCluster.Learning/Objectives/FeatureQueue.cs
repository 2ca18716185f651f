namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// The newest projections of earlier steps, each of length 1, first in first out. It begins with random directions, as MoCo's and NNCLR's do,
/// so it is full from the first step on.
/// </summary>
sealed class FeatureQueue : nn.Module
{
    const string Name = "queue";
    const long NoSample = -1;

    readonly Tensor queue;
    readonly Tensor position;
    readonly Tensor? samples;

    /// <param name="stream">goes before the name of its initial values' stream; two queues of one seed begin alike where it is the same</param>
    /// <param name="withSamples">whether each row knows the clip that it is of</param>
    public FeatureQueue(int size, int width, ulong seed, string stream = "", bool withSamples = false) : base(nameof(FeatureQueue))
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        if (withSamples)
            samples = full([size], NoSample, ScalarType.Int64).DetachFromDisposeScope();
        queue = Direction.Of(Initialization.Gaussian(stream + Name, [size, width], seed)).DetachFromDisposeScope();
        position = zeros([], ScalarType.Int64).DetachFromDisposeScope();
        RegisterComponents();
    }

    /// <summary>What does not fit the batch of a plan whose objective remembers <paramref name="size"/> views.</summary>
    public static IEnumerable<(string Path, string Message)> Problems(int size, Plan plan)
    {
        if (size < plan.Training.Batch.Clips)
            yield return ("objective.queue", $"at least training.batch.clips, {plan.Training.Batch.Clips}, is expected, not {size}: a step's own views must fit");
    }

    public NamedState Buffers => [(Name, queue), ("queue_position", position), .. samples is null ? [] : new[] { ("queue_samples", samples) }];

    /// <summary>[size, width]</summary>
    public Tensor Rows => queue;

    /// <summary>The clip of each row, -1 where there is none: [size]; null where nobody asked for them.</summary>
    public Tensor? Samples => samples;

    /// <summary>Puts rows in, one after another, in the place of the oldest.</summary>
    /// <param name="rows">[n, width], each of length 1</param>
    /// <param name="of">the clip of each row; without, they are of none</param>
    public void Enqueue(Tensor rows, IReadOnlyList<long>? of = null)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var size = queue.shape[0];
        // Of more rows than there is room for, only the last would stay.
        var skipped = Math.Max(0, rows.shape[0] - size);
        var count = rows.shape[0] - skipped;
        var start = (position.item<long>() + skipped) % size;
        var first = Math.Min(count, size - start);
        Place(queue, rows);
        if (samples is not null)
            Place(samples, of is { Count: > 0 } ? tensor(of.ToArray()).to(samples.device) : full_like(rows.select(1, 0), NoSample, ScalarType.Int64));
        position.fill_((start + count) % size);

        void Place(Tensor into, Tensor values)
        {
            into.narrow(0, start, first).copy_(values.narrow(0, skipped, first));
            if (first < count)
                into.narrow(0, 0, count - first).copy_(values.narrow(0, skipped + first, count - first));
        }
    }
}
