using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// The newest projections of earlier steps, each of length 1, first in first out. It begins with random directions, as MoCo's and NNCLR's do,
/// so it is full from the first step on.
/// </summary>
sealed class FeatureQueue : nn.Module
{
    const string Name = "queue";

    readonly Tensor queue;
    readonly Tensor position;

    public FeatureQueue(int size, int width, ulong seed) : base(nameof(FeatureQueue))
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        queue = Direction.Of(Initialization.Gaussian(Name, [size, width], seed)).DetachFromDisposeScope();
        position = zeros([], ScalarType.Int64).DetachFromDisposeScope();
        RegisterComponents();
    }

    public IReadOnlyList<(string Name, Tensor Value)> Buffers => [(Name, queue), ("queue_position", position)];

    /// <summary>[size, width]</summary>
    public Tensor Rows => queue;

    /// <summary>Puts rows in, one after another, in the place of the oldest.</summary>
    /// <param name="rows">[n, width], each of length 1</param>
    public void Enqueue(Tensor rows)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var size = queue.shape[0];
        // Of more rows than there is room for, only the last would stay.
        var skipped = Math.Max(0, rows.shape[0] - size);
        var count = rows.shape[0] - skipped;
        var start = (position.item<long>() + skipped) % size;
        var first = Math.Min(count, size - start);
        queue.narrow(0, start, first).copy_(rows.narrow(0, skipped, first));
        if (first < count)
            queue.narrow(0, 0, count - first).copy_(rows.narrow(0, skipped + first, count - first));
        position.fill_((start + count) % size);
    }
}
