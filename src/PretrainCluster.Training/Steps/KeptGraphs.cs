namespace PretrainCluster.Training.Steps;

/// <summary>
/// Embeddings of a coupled step's micro-batches with the graphs behind them, from their first forward pass to their backward pass, so that there need not be a second forward pass. As many as there is room
/// for; may be used by several threads at a time, for different micro-batches.
/// </summary>
/// <param name="most">graphs at a time</param>
sealed class KeptGraphs(int most)
{
    /// <summary>About what kept graphs take at most.</summary>
    const double Bytes = 1 << 29;

    readonly Lock _lock = new();
    readonly Dictionary<int, Tensor?> _embeddings = [];

    /// <summary>
    /// How many micro-batches of a coupled step keep their graphs, by what the graph of one clip takes; 0 where they
    /// have one pass, in a step that is not coupled or of an encoder that is frozen as a whole.
    /// </summary>
    /// <param name="objective">in the host's memory, where its graph can be measured, and ready to train</param>
    public static int Of(Plan plan, ClipShape clip, Objective objective)
    {
        // Where nothing counts what a graph takes, none is kept.
        if (objective is not GlobalBatchObjective coupled || StepEngine.WeightsOf(objective).Count == 0
            || !AllocationCount.IsSupported)
            return 0;
        using var held = Finalizers.Hold();
        using var scope = NewDisposeScope();
        using var count = AllocationCount.Start();
        var statistics = new List<Tensor>();
        var view = ones([objective.Views, 1, clip.Persons, clip.Frames, clip.Joints, 3]);
        coupled.Embed(view, new CounterRandom(0, RandomPurpose.Objective), statistics);
        var (bytes, batch) = (count.Bytes, plan.Training.Batch);
        statistics.ForEach(part => part.Dispose());
        return (int)Math.Min(batch.MicroBatches, Bytes / (bytes * (batch.Clips / batch.MicroBatches)));
    }

    /// <summary>Asks for a micro-batch's place before its graph is built.</summary>
    /// <returns>whether there is one</returns>
    public bool Reserve(int microBatch)
    {
        lock (_lock)
            return _embeddings.Count < most && _embeddings.TryAdd(microBatch, null);
    }

    /// <summary>Takes a micro-batch's embeddings, whose place is reserved, out of the caller's dispose scope.</summary>
    public void Keep(int microBatch, Tensor embeddings)
    {
        lock (_lock)
            _embeddings[microBatch] = embeddings.DetachFromDisposeScope();
    }

    /// <summary>Hands over what was kept of a micro-batch; the caller disposes it.</summary>
    /// <returns>null where nothing was</returns>
    public Tensor? Take(int microBatch)
    {
        lock (_lock)
            return _embeddings.Remove(microBatch, out var embeddings) ? embeddings : null;
    }

    /// <summary>Forgets all but the micro-batches of a share.</summary>
    public void KeepWithin(int start, int end)
    {
        lock (_lock)
        {
            foreach (var microBatch in _embeddings.Keys.Where(index => index < start || index >= end).ToList())
                Take(microBatch)?.Dispose();
        }
    }

    public void Forget() => KeepWithin(0, 0);
}
