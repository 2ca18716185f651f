namespace PretrainCluster.Training.Batches;

/// <summary>The clips of one step that a member computes: all micro-batches of the global batch, or a contiguous share of them.</summary>
/// <param name="Step">from 0</param>
/// <param name="MicroBatches">in the order of their indices</param>
public sealed record GlobalBatch(long Step, IReadOnlyList<MicroBatch> MicroBatches)
{
    /// <summary>The dataset's indices of the step's whole batch, whoever computes it, in the order of its micro-batches.</summary>
    public IReadOnlyList<long> Samples { get; init; } = [.. MicroBatches.SelectMany(microBatch => microBatch.Samples)];
}

/// <summary>The clips of one micro-batch.</summary>
/// <param name="Index">within the global batch, from 0</param>
/// <param name="Samples">the dataset's sample indices</param>
/// <param name="Clips">[views, clips, persons, frames, joints, 3]</param>
public sealed record MicroBatch(int Index, IReadOnlyList<long> Samples, float[] Clips);
