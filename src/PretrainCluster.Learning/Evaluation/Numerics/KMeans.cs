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
        var starts = new (int[] Clusters, double Inertia)[Starts];
        lanes.Run(Starts, start =>
        {
            using var scope = NewDisposeScope();
            var points = rows.ToTensor();
            var centres = Draw(points, clusters, EvaluationStream.Clusters.Random(seed, (ulong)start));
            starts[start] = Iterate(points, centres, cancellation);
        }, cancellation);
        return starts.MinBy(start => start.Inertia).Clusters;
    }

    /// <returns>[clusters, width]</returns>
    static Tensor Draw(Tensor points, int clusters, CounterRandom random)
    {
        var chosen = new List<long> { random.Next((int)points.shape[0]) };
        var distances = Squared(points, points.select(0, chosen[0]));
        while (chosen.Count < clusters)
        {
            using var scope = NewDisposeScope();
            var upTo = distances.cumsum(0);
            var at = tensor(random.NextDouble(0, upTo[-1].item<double>()));
            var drawn = searchsorted(upTo, at, right: true).item<long>();
            chosen.Add(Math.Min(drawn, points.shape[0] - 1));
            distances = distances.minimum(Squared(points, points.select(0, chosen[^1]))).MoveToOuterDisposeScope();
        }
        return points.index_select(0, tensor(chosen));
    }

    static (int[] Clusters, double Inertia) Iterate(Tensor points, Tensor centres, CancellationToken cancellation)
    {
        Tensor? found = null;
        for (var iteration = 0; iteration < MostIterations; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var nearest = (points.mm(centres.t()) - centres.square().sum(1) / 2).argmax(1);
            if (found is not null && nearest.eq(found).all().item<bool>())
                break;
            centres = Means(points, nearest, centres).MoveToOuterDisposeScope();
            found = nearest.MoveToOuterDisposeScope();
        }
        var inertia = Squared(points, centres.index_select(0, found!)).sum().item<double>();
        return ([.. found!.data<long>().ToArray().Select(cluster => (int)cluster)], inertia);
    }

    /// <summary>A cluster without a row keeps its centre.</summary>
    static Tensor Means(Tensor points, Tensor found, Tensor centres)
    {
        var counts = found.bincount(null, centres.shape[0]).unsqueeze(1);
        var sums = zeros(centres.shape, float64).index_add_(0, found, points.to(float64), 1);
        return where(counts > 0, (sums / counts).to(float32), centres);
    }

    /// <returns>float64 [rows]</returns>
    static Tensor Squared(Tensor points, Tensor centres) => (points - centres).square().sum(1, type: float64);
}
