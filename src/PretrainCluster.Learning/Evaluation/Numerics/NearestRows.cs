using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Evaluation.Numerics;

/// <summary>Exact nearest neighbours by brute force. Neighbours at the same distance come in the order of their index.</summary>
public sealed class NearestRows
{
    const int QueriesAtATime = 32;
    readonly PanelMatrix _gallery;
    readonly float[]? _offset;

    NearestRows(PanelMatrix gallery, float[]? offset) => (_gallery, _offset) = (gallery, offset);

    /// <summary>By cosine similarity; the rows of gallery and queries have length 1.</summary>
    public static NearestRows ByCosine(FeatureSet normalizedGallery)
        => new(PanelMatrix.Transposed(normalizedGallery.Values, normalizedGallery.Clips, normalizedGallery.Width), null);

    /// <summary>By Euclidean distance.</summary>
    public static NearestRows ByDistance(FeatureSet gallery)
    {
        // |q - g|^2 = |q|^2 - 2 (q.g - |g|^2 / 2), and |q|^2 is the same for every g.
        var offset = new float[gallery.Clips];
        for (var clip = 0; clip < offset.Length; clip++)
        {
            var squares = 0.0;
            foreach (var value in gallery.Row(clip))
                squares += (double)value * value;
            offset[clip] = (float)(-0.5 * squares);
        }
        return new(PanelMatrix.Transposed(gallery.Values, gallery.Clips, gallery.Width), offset);
    }

    /// <summary>For each query the indices of its <paramref name="count"/> nearest gallery rows, nearest first.</summary>
    public int[][] Find(FeatureSet queries, int count, LanePool lanes, CancellationToken cancellation = default) =>
        Array.ConvertAll(FindScored(queries, count, lanes, cancellation), nearest => nearest.Rows);

    /// <summary>The same, each with its score: the cosine; by distance, what is lower the farther a row is.</summary>
    public (int[] Rows, float[] Scores)[] FindScored(FeatureSet queries, int count, LanePool lanes, CancellationToken cancellation = default)
    {
        if (queries.Width != _gallery.Rows)
            throw new ArgumentException($"queries of width {queries.Width} against a gallery of width {_gallery.Rows}", nameof(queries));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _gallery.Columns);
        var found = new (int[], float[])[queries.Clips];
        lanes.Run((queries.Clips + QueriesAtATime - 1) / QueriesAtATime, block => FindBlock(queries, count, block, found), cancellation);
        return found;
    }

    /// <summary>The nearest gallery row of each query, on the calling thread.</summary>
    public int[] FindNearest(FeatureSet queries)
    {
        var found = new (int[] Rows, float[] Scores)[queries.Clips];
        for (var block = 0; block * QueriesAtATime < queries.Clips; block++)
            FindBlock(queries, 1, block, found);
        return [.. found.Select(nearest => nearest.Rows[0])];
    }

    void FindBlock(FeatureSet queries, int count, int block, (int[], float[])[] found)
    {
        var start = block * QueriesAtATime;
        var rows = Math.Min(QueriesAtATime, queries.Clips - start);
        var scores = new PanelMatrix(rows, _gallery.Columns);
        PanelMatrix.Multiply(queries.Values.AsSpan(start * queries.Width, rows * queries.Width), queries.Width, 1, rows, queries.Width, _gallery, scores);
        for (var row = 0; row < rows; row++)
            found[start + row] = Best(scores, row, count);
    }

    (int[], float[]) Best(PanelMatrix scores, int row, int count)
    {
        var (best, score) = (new int[count], new float[count]);
        var filled = 0;
        for (var candidate = 0; candidate < scores.Columns; candidate++)
        {
            var value = scores[row, candidate] + (_offset?[candidate] ?? 0);
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
