namespace PretrainCluster.Training.Steps;

/// <summary>
/// Embeddings of a coupled step's micro-batches with the graphs behind them, from their first forward pass to their backward pass, so that there need not be a second forward pass. As many as there is room
/// for; may be used by several threads at a time, for different micro-batches.
/// </summary>
/// <param name="most">graphs at a time</param>
sealed class KeptGraphs(int most)
{
    readonly Lock _lock = new();
    readonly Dictionary<int, Tensor> _embeddings = [];

    /// <summary>Takes a micro-batch's embeddings out of the caller's dispose scope, if there is room for their graph.</summary>
    public void Keep(int microBatch, Tensor embeddings)
    {
        lock (_lock)
        {
            if (_embeddings.Count < most && _embeddings.TryAdd(microBatch, embeddings))
                embeddings.DetachFromDisposeScope();
        }
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
                Take(microBatch)!.Dispose();
        }
    }

    public void Forget() => KeepWithin(0, 0);
}
