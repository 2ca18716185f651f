using System.Runtime.InteropServices;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Evaluation.Numerics;

/// <summary>
/// Exact nearest neighbours by brute force. Neighbours with the same score come in the order of their index.
/// </summary>
public static class NearestRows
{
    // Blocks are the same whatever the number of lanes, hence so are the bits.
    const int QueriesAtATime = 128;

    /// <summary>
    /// For each query the <paramref name="count"/> gallery rows of the highest cosine similarity, best first, with their
    /// similarities; all rows have length 1.
    /// </summary>
    public static (int[] Rows, float[] Scores)[] ByCosine(
        FeatureSet gallery, FeatureSet queries, int count, LanePool lanes, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        return Find(gallery.ToTensor(), zeros(gallery.Clips), queries, count, lanes, cancellation);
    }

    /// <summary>The same by Euclidean distance; a row's score is the lower the farther it is.</summary>
    public static (int[] Rows, float[] Scores)[] ByDistance(
        FeatureSet gallery, FeatureSet queries, int count, LanePool lanes, CancellationToken cancellation = default)
    {
        // |q - g|^2 = |q|^2 - 2 (q.g - |g|^2 / 2), and |q|^2 is the same for every g.
        using var scope = NewDisposeScope();
        using var held = Finalizers.Hold();
        var rows = gallery.ToTensor();
        return Find(rows, rows.square().sum(1) * -0.5, queries, count, lanes, cancellation);
    }

    /// <summary>
    /// The gallery row of the highest cosine similarity to each query, the first among equals; on the calling thread.
    /// </summary>
    public static int[] Nearest(FeatureSet gallery, FeatureSet queries)
    {
        using var scope = NewDisposeScope();
        var nearest = queries.ToTensor().mm(gallery.ToTensor().t()).argmax(1);
        return [.. nearest.data<long>().ToArray().Select(row => (int)row)];
    }

    static (int[], float[])[] Find(
        Tensor gallery, Tensor offset, FeatureSet queries, int count, LanePool lanes, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, gallery.shape[0]);
        var (left, right) = (queries.ToTensor(), gallery.t());
        var found = new (int[], float[])[queries.Clips];
        lanes.Run((queries.Clips + QueriesAtATime - 1) / QueriesAtATime, block =>
        {
            using var scope = NewDisposeScope();
            var start = block * QueriesAtATime;
            var rows = left.narrow(0, start, Math.Min(QueriesAtATime, queries.Clips - start));
            var scores = addmm(offset, rows, right, 1, 1);
            for (var row = 0; row < scores.shape[0]; row++)
                found[start + row] = Best(MemoryMarshal.Cast<byte, float>(scores.select(0, row).bytes), count);
        }, cancellation);
        return found;
    }

    static (int[], float[]) Best(ReadOnlySpan<float> scores, int count)
    {
        var (best, score) = (new int[count], new float[count]);
        var filled = 0;
        for (var candidate = 0; candidate < scores.Length; candidate++)
        {
            var value = scores[candidate];
            if (filled == count && !(value > score[count - 1]))
                continue;
            var at = filled < count ? filled++ : count - 1;
            for (; at > 0 && value > score[at - 1]; at--)
                (best[at], score[at]) = (best[at - 1], score[at - 1]);
            (best[at], score[at]) = (candidate, value);
        }
        return (best, score);
    }
}
