using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Evaluation.Embedding;

/// <summary>
/// Exact t-distributed stochastic neighbour embedding, t-SNE (van der Maaten and Hinton, JMLR 2008) with scikit-learn's settings: PCA initialisation, early exaggeration 12 for 250 of 1,000
/// iterations, learning rate max(n / 48, 50). The same features give the same map, on any number of lanes.
/// </summary>
public sealed class StudentNeighbours
{
    const int Iterations = 1000, ExaggeratedIterations = 250, RowsAtATime = 64;
    const double Exaggeration = 12;

    // Padding lies so far away that its share of every sum is zero to the last bit.
    const double FarAway = 1e100;

    readonly int _count;
    readonly int _padded;
    readonly LanePool _lanes;
    readonly double[] _affinities;

    StudentNeighbours(FeatureSet features, double perplexity, LanePool lanes)
    {
        _count = features.Clips;
        _padded = (_count + PairSums.Width - 1) / PairSums.Width * PairSums.Width;
        _lanes = lanes;
        _affinities = Affinities(features, perplexity);
    }

    /// <summary>Points [clips][2]; below four clips there are no neighbourhoods, and the PCA stands for the map.</summary>
    public static double[][] Map(FeatureSet features, double perplexity, LanePool lanes, CancellationToken cancellation)
    {
        // One wait for all iterations: the lanes would wait anew in each.
        using var held = Finalizers.Hold();
        var initial = PrincipalComponents.Project(features);
        return features.Clips < 4 ? initial : new StudentNeighbours(features, perplexity, lanes).Descend(initial, cancellation);
    }

    double[][] Descend(double[][] initial, CancellationToken cancellation)
    {
        var (x, y) = (Padded(), Padded());
        var spread = Math.Sqrt(initial.Sum(p => p[0] * p[0]) / _count);
        for (var i = 0; i < _count; i++)
            (x[i], y[i]) = spread > 0 ? (1e-4 * initial[i][0] / spread, 1e-4 * initial[i][1] / spread) : (1e-4 * Math.Sin(i), 1e-4 * Math.Cos(i));

        var rate = Math.Max(_count / Exaggeration / 4, 50);
        var (speedX, speedY) = (new double[_count], new double[_count]);
        var (gainX, gainY) = (Ones(), Ones());
        var sums = new PairSums.Row[_count];
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            var exaggeration = iteration < ExaggeratedIterations ? Exaggeration : 1;
            var momentum = iteration < ExaggeratedIterations ? 0.5 : 0.8;
            _lanes.Run((_count + RowsAtATime - 1) / RowsAtATime, block =>
            {
                for (var i = block * RowsAtATime; i < Math.Min(_count, (block + 1) * RowsAtATime); i++)
                    sums[i] = PairSums.Of(x, y, i, _affinities.AsSpan(i * _padded, _padded));
            }, cancellation);
            // A point's kernel with itself is 1.
            var normalizer = sums.Sum(s => s.Kernel) - _count;
            for (var i = 0; i < _count; i++)
            {
                Move(4 * (exaggeration * sums[i].AttractionX - sums[i].RepulsionX / normalizer), momentum, rate, ref x[i], ref speedX[i], ref gainX[i]);
                Move(4 * (exaggeration * sums[i].AttractionY - sums[i].RepulsionY / normalizer), momentum, rate, ref y[i], ref speedY[i], ref gainY[i]);
            }
        }
        return [.. Enumerable.Range(0, _count).Select(i => new[] { x[i], y[i] })];
    }

    static void Move(double gradient, double momentum, double rate, ref double position, ref double speed, ref double gain)
    {
        gain = Math.Max(0.01, gradient * speed < 0 ? gain + 0.2 : gain * 0.8);
        speed = momentum * speed - rate * gain * gradient;
        position += speed;
    }

    /// <summary>Symmetric joint probabilities [clips, padded].</summary>
    double[] Affinities(FeatureSet features, double perplexity)
    {
        var conditional = new double[_count][];
        _lanes.Run(_count, i => conditional[i] = Conditional(features, i, Math.Log(perplexity)));
        var joint = new double[_count * _padded];
        for (var i = 0; i < _count; i++)
        {
            for (var j = 0; j < _count; j++)
                joint[i * _padded + j] = (conditional[i][j] + conditional[j][i]) / (2.0 * _count);
        }
        return joint;
    }

    /// <summary>Gaussian neighbourhood of one clip whose entropy is the wanted one; its precision is found by bisection.</summary>
    static double[] Conditional(FeatureSet features, int clip, double wantedEntropy)
    {
        var distances = new double[features.Clips];
        var row = features.Row(clip);
        for (var other = 0; other < distances.Length; other++)
        {
            var against = features.Row(other);
            for (var i = 0; i < row.Length; i++)
                distances[other] += ((double)row[i] - against[i]) * ((double)row[i] - against[i]);
        }
        var nearest = double.PositiveInfinity;
        for (var other = 0; other < distances.Length; other++)
        {
            if (other != clip)
                nearest = Math.Min(nearest, distances[other]);
        }

        var probabilities = new double[distances.Length];
        var (precision, low, high) = (1.0, 0.0, double.PositiveInfinity);
        for (var step = 0; step < 100; step++)
        {
            var (sum, weighted) = (0.0, 0.0);
            for (var other = 0; other < distances.Length; other++)
            {
                // Distances count from the nearest, so that a far-off clip still has a neighbour.
                probabilities[other] = other == clip ? 0 : Math.Exp(-precision * (distances[other] - nearest));
                sum += probabilities[other];
                weighted += probabilities[other] * (distances[other] - nearest);
            }
            for (var other = 0; other < distances.Length; other++)
                probabilities[other] /= sum;
            var entropy = Math.Log(sum) + precision * weighted / sum;
            if (Math.Abs(entropy - wantedEntropy) < 1e-5)
                break;
            if (entropy > wantedEntropy)
                (low, precision) = (precision, double.IsInfinity(high) ? precision * 2 : (precision + high) / 2);
            else
                (high, precision) = (precision, (precision + low) / 2);
        }
        return probabilities;
    }

    double[] Padded()
    {
        var values = new double[_padded];
        values.AsSpan(_count).Fill(FarAway);
        return values;
    }

    double[] Ones()
    {
        var ones = new double[_count];
        ones.AsSpan().Fill(1);
        return ones;
    }
}
