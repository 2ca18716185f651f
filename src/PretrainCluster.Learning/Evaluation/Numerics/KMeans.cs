using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Evaluation.Numerics;

/// <summary>k-means: centres drawn as k-means++ does (Arthur and Vassilvitskii, SODA 2007), moved by Lloyd's iterations; the best of several starts.</summary>
public static class KMeans
{
    const int Starts = 10, MostIterations = 300;

    /// <summary>The cluster of each row.</summary>
    /// <param name="clusters">at most as many as there are rows</param>
    public static int[] Cluster(FeatureSet rows, int clusters, long seed, LanePool lanes, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(clusters, rows.Clips);
        var (best, smallest) = (Array.Empty<int>(), double.PositiveInfinity);
        for (var start = 0; start < Starts; start++)
        {
            var centres = Draw(rows, clusters, EvaluationStream.Clusters.Random(seed, (ulong)start));
            var (found, inertia) = Iterate(rows, centres, lanes, cancellation);
            if (inertia < smallest)
                (best, smallest) = (found, inertia);
        }
        return best;
    }

    static FeatureSet Draw(FeatureSet rows, int clusters, CounterRandom random)
    {
        var chosen = new List<int> { random.Next(rows.Clips) };
        var distances = Enumerable.Repeat(double.PositiveInfinity, rows.Clips).ToArray();
        while (chosen.Count < clusters)
        {
            for (var row = 0; row < rows.Clips; row++)
                distances[row] = Math.Min(distances[row], Squared(rows.Row(row), rows.Row(chosen[^1])));
            var left = random.NextDouble(0, distances.Sum());
            var next = 0;
            while (next < rows.Clips - 1 && (left -= distances[next]) >= 0)
                next++;
            chosen.Add(next);
        }
        return rows.Select(chosen);
    }

    static (int[] Clusters, double Inertia) Iterate(FeatureSet rows, FeatureSet centres, LanePool lanes, CancellationToken cancellation)
    {
        int[] found = [];
        for (var iteration = 0; iteration < MostIterations; iteration++)
        {
            int[] nearest = [.. NearestRows.ByDistance(centres).Find(rows, 1, lanes, cancellation).Select(n => n[0])];
            if (nearest.AsSpan().SequenceEqual(found))
                break;
            found = nearest;
            centres = Means(rows, found, centres);
        }
        var inertia = 0.0;
        for (var row = 0; row < rows.Clips; row++)
            inertia += Squared(rows.Row(row), centres.Row(found[row]));
        return (found, inertia);
    }

    /// <summary>A cluster without a row keeps its centre.</summary>
    static FeatureSet Means(FeatureSet rows, int[] found, FeatureSet centres)
    {
        var (width, counts) = (rows.Width, new int[centres.Clips]);
        var sums = new double[centres.Clips * width];
        for (var row = 0; row < rows.Clips; row++)
        {
            counts[found[row]]++;
            var values = rows.Row(row);
            for (var i = 0; i < width; i++)
                sums[found[row] * width + i] += values[i];
        }
        return new([.. sums.Select((sum, at) => counts[at / width] > 0 ? (float)(sum / counts[at / width]) : centres.Values[at])], width, centres.Labels);
    }

    static double Squared(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        var sum = 0.0;
        for (var i = 0; i < one.Length; i++)
            sum += ((double)one[i] - other[i]) * ((double)one[i] - other[i]);
        return sum;
    }
}
