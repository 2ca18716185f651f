using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;

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

    /// <summary>How many micro-batches of a coupled step keep their graphs; 0 where they have one pass, in a step that is not coupled or of an encoder that is frozen as a whole.</summary>
    public static int Of(Plan plan, ClipShape clip, Objective objective)
    {
        if (objective is not GlobalBatchObjective || StepEngine.WeightsOf(objective).Count == 0)
            return 0;
        var batch = plan.Training.Batch;
        // Where nobody knows what a graph takes, none is kept.
        return ModelCost.Of(plan.Objective, plan.Encoder, clip).ActivationBytes * (batch.Clips / batch.MicroBatches) is { } bytes ? (int)Math.Min(batch.MicroBatches, Bytes / bytes) : 0;
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
