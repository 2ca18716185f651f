namespace PretrainCluster.Core.Summation;

/// <summary>
/// Adds the values of a step's micro-batches along the <see cref="SummationTree"/>, in whatever order and from however many threads they arrive:
/// the sum has the same bits. A subtree is added up as soon as both its halves are there, by the thread that brought the second.
/// </summary>
/// <remarks>
/// Buffers are pooled; micro-batches that arrive about in order need about (threads + log2 of the leaves) of them at a time.
/// </remarks>
public sealed class TreeAccumulator
{
    readonly Lock _lock = new();
    readonly Dictionary<TreeNode, SumBuffer> _complete = [];
    readonly Stack<SumBuffer> _pool = [];
    readonly bool[] _added;
    int _merging;

    /// <param name="leaves">micro-batches of a step</param>
    /// <param name="values">floats per micro-batch</param>
    /// <param name="totals">doubles per micro-batch</param>
    public TreeAccumulator(int leaves, int values, int totals)
    {
        Tree = new(leaves);
        Values = values;
        Totals = totals;
        _added = new bool[leaves];
    }

    public SummationTree Tree { get; }

    /// <summary>Floats per micro-batch.</summary>
    public int Values { get; }

    /// <summary>Doubles per micro-batch.</summary>
    public int Totals { get; }

    /// <summary>A buffer to fill and hand to <see cref="Add(int, SumBuffer)"/>; what it holds is undefined.</summary>
    public SumBuffer Rent()
    {
        lock (_lock)
        {
            if (_pool.TryPop(out var buffer))
                return buffer;
        }
        return new(Values, Totals);
    }

    /// <summary>Gives back a buffer that is no longer needed.</summary>
    public void Return(SumBuffer buffer)
    {
        lock (_lock)
            _pool.Push(buffer);
    }

    /// <summary>Takes over a micro-batch's values.</summary>
    /// <exception cref="InvalidOperationException">The micro-batch was added before.</exception>
    public void Add(int leaf, SumBuffer buffer) => Add(TreeNode.Leaf(leaf), buffer);

    /// <summary>Takes over the sum of a whole subtree, as another worker computed it.</summary>
    /// <exception cref="InvalidOperationException">One of its micro-batches was added before.</exception>
    public void Add(TreeNode node, SumBuffer buffer)
    {
        if (!Tree.Contains(node))
            throw new ArgumentOutOfRangeException(nameof(node), node, $"The tree has {Tree.Leaves} leaves.");
        lock (_lock)
        {
            var leaves = _added.AsSpan(Tree.Start(node)..Tree.End(node));
            if (leaves.Contains(true))
                throw new InvalidOperationException($"A micro-batch of {Tree.Start(node)}..{Tree.End(node) - 1} was added before.");
            leaves.Fill(true);
            _merging++;
        }
        Climb(node, buffer);
    }

    /// <summary>The sum of all micro-batches; the caller gives it back with <see cref="Return"/>. The next step can begin.</summary>
    /// <exception cref="InvalidOperationException">Some are missing, or a thread is still adding.</exception>
    public SumBuffer TakeRoot()
    {
        lock (_lock)
        {
            ThrowIfMerging();
            if (!_complete.Remove(Tree.Root, out var sum))
                throw new InvalidOperationException("Some micro-batches of the step are missing.");
            _added.AsSpan().Clear();
            return sum;
        }
    }

    /// <summary>The sums of the largest subtrees that are complete, from left to right. The next step can begin.</summary>
    /// <exception cref="InvalidOperationException">A thread is still adding.</exception>
    public IReadOnlyList<(TreeNode Node, SumBuffer Sum)> TakeComplete()
    {
        var sums = new List<(TreeNode, SumBuffer)>();
        TakeComplete(sums);
        return sums;
    }

    /// <summary>Adds those sums to the end of a list.</summary>
    /// <exception cref="InvalidOperationException">A thread is still adding.</exception>
    public void TakeComplete(List<(TreeNode Node, SumBuffer Sum)> sums)
    {
        lock (_lock)
        {
            ThrowIfMerging();
            for (var leaf = 0; leaf < Tree.Leaves;)
            {
                var node = TreeNode.Leaf(leaf);
                SumBuffer? sum;
                while (!_complete.Remove(node, out sum) && node != Tree.Root && Tree.Start(node.Parent) == leaf)
                    node = node.Parent;
                if (sum is not null)
                    sums.Add((node, sum));
                leaf = sum is null ? leaf + 1 : Tree.End(node);
            }
            _added.AsSpan().Clear();
        }
    }

    /// <summary>Whether a micro-batch was added.</summary>
    public bool Has(int leaf)
    {
        lock (_lock)
            return _added[leaf];
    }

    /// <summary>
    /// Sets a total that is a worker's and no micro-batch's: <paramref name="value"/> in one of the complete subtrees, 0 in the others, whatever stood there.
    /// </summary>
    /// <exception cref="InvalidOperationException">A thread is still adding, or there is no subtree.</exception>
    public void Contribute(int total, double value)
    {
        lock (_lock)
        {
            ThrowIfMerging();
            if (_complete.Count == 0)
                throw new InvalidOperationException("There is no subtree to contribute with.");
            foreach (var sum in _complete.Values)
                (sum.Totals[total], value) = (value, 0);
        }
    }

    /// <summary>
    /// Forgets all subtrees but those inside leaves [<paramref name="start"/>, <paramref name="end"/>): what is left to do of a step that
    /// is begun again with another share of it.
    /// </summary>
    /// <exception cref="InvalidOperationException">A thread is still adding.</exception>
    public void KeepWithin(int start, int end)
    {
        lock (_lock)
        {
            ThrowIfMerging();
            foreach (var (node, sum) in _complete.Where(pair => Tree.Start(pair.Key) < start || Tree.End(pair.Key) > end).ToList())
            {
                _complete.Remove(node);
                _added.AsSpan(Tree.Start(node)..Tree.End(node)).Clear();
                _pool.Push(sum);
            }
        }
    }

    /// <summary>Forgets a step that was not finished.</summary>
    public void Discard()
    {
        foreach (var (_, sum) in TakeComplete())
            Return(sum);
    }

    void ThrowIfMerging()
    {
        if (_merging > 0)
            throw new InvalidOperationException("A thread is still adding.");
    }

    void Climb(TreeNode node, SumBuffer sum)
    {
        while (true)
        {
            SumBuffer? other;
            lock (_lock)
            {
                while (node != Tree.Root && !Tree.Contains(node.Sibling))
                    node = node.Parent;
                if (node == Tree.Root || !_complete.Remove(node.Sibling, out other))
                {
                    _complete.Add(node, sum);
                    _merging--;
                    return;
                }
            }
            sum.Add(other);
            Return(other);
            node = node.Parent;
        }
    }
}

/// <summary>Values of one micro-batch, or their sum over several. Pinned, so that a tensor may view it.</summary>
public sealed class SumBuffer
{
    internal SumBuffer(int values, int totals)
    {
        Values = GC.AllocateUninitializedArray<float>(values, pinned: true);
        Totals = new double[totals];
    }

    /// <summary>Gradients.</summary>
    public float[] Values { get; }

    /// <summary>Losses, counts, metrics.</summary>
    public double[] Totals { get; }

    /// <summary>Adds element by element. Addition of two numbers is the same in either order, so which side is the target does not matter.</summary>
    internal void Add(SumBuffer other)
    {
        VectorSum.Add(Values, other.Values, Values);
        for (var i = 0; i < Totals.Length; i++)
            Totals[i] += other.Totals[i];
    }
}
