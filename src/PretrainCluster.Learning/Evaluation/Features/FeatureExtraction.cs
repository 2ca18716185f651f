using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Evaluation.Features;

/// <summary>Makes the view of one clip: [persons, frames, joints, 3].</summary>
public delegate void MakeView(long sample, Span<float> view);

/// <summary>Runs clips through an encoder, several batches at a time. Batches are the same whatever the number of lanes, hence so are the features.</summary>
public sealed class FeatureExtraction(IClipEncoder encoder, int viewLength, LanePool lanes)
{
    /// <summary>Clips of a batch: enough for the products to be large, few enough to stay in the cache.</summary>
    public const int BatchClips = 8;

    readonly Lock _progress = new();

    public int Width => encoder.Width;

    /// <returns>row-major [samples, width]</returns>
    /// <exception cref="InputException">A feature is not a finite number.</exception>
    public float[] Run(IReadOnlyList<long> samples, MakeView view, Action<long>? done = null, CancellationToken cancellation = default)
    {
        if ((long)samples.Count * encoder.Width > Array.MaxLength)
            throw new InputException($"{samples.Count} clips of {encoder.Width} features do not fit in memory at once; evaluate on a smaller split.");
        var features = new float[samples.Count * encoder.Width];
        var finished = 0L;
        lanes.Run((samples.Count + BatchClips - 1) / BatchClips, batch =>
        {
            var start = batch * BatchClips;
            var clips = Math.Min(BatchClips, samples.Count - start);
            var views = new float[clips * viewLength];
            for (var i = 0; i < clips; i++)
                view(samples[start + i], views.AsSpan(i * viewLength, viewLength));
            var rows = features.AsSpan(start * encoder.Width, clips * encoder.Width);
            encoder.Encode(views, clips, rows);
            RefuseNonFinite(rows, samples, start);
            lock (_progress)
                done?.Invoke(finished += clips);
        }, cancellation);
        return features;
    }

    void RefuseNonFinite(ReadOnlySpan<float> rows, IReadOnlyList<long> samples, int start)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            if (!float.IsFinite(rows[i]))
                throw new InputException($"The encoder's feature {i % Width} of clip {samples[start + i / Width]} is {rows[i]}: its weights cannot be evaluated; choose another checkpoint.");
        }
    }
}
