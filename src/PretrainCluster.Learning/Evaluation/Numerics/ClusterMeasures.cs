using PretrainCluster.Learning.Evaluation.Features;

namespace PretrainCluster.Learning.Evaluation.Numerics;

/// <summary>How well labels and features agree.</summary>
public static class ClusterMeasures
{
    /// <summary>
    /// Mutual information of two labellings over the mean of their entropies: 1 where they are the same, 0 where one says nothing of the other. scikit-learn's
    /// normalized_mutual_info_score; 1 where neither has more than one label.
    /// </summary>
    public static double NormalizedMutualInformation(IReadOnlyList<int> one, IReadOnlyList<int> other)
    {
        var n = (double)one.Count;
        var pairs = one.Zip(other).CountBy(pair => pair).ToDictionary();
        var (ofOne, ofOther) = (one.CountBy(label => label).ToDictionary(), other.CountBy(label => label).ToDictionary());
        if (ofOne.Count == 1 && ofOther.Count == 1)
            return 1;
        var mutual = pairs.Sum(pair => pair.Value / n * Math.Log(pair.Value * n / ((double)ofOne[pair.Key.First] * ofOther[pair.Key.Second])));
        return Math.Max(0, mutual) / ((Entropy(ofOne.Values) + Entropy(ofOther.Values)) / 2);

        double Entropy(IEnumerable<int> counts) => -counts.Sum(count => count / n * Math.Log(count / n));
    }

    /// <summary>
    /// Rousseeuw's silhouette by cosine distance, its mean over all rows: (b - a) / max(a, b), where a is a row's mean distance to the others of its label and b the smallest mean
    /// distance to those of another label. 0 for a row that is alone with its label, as in scikit-learn's silhouette_score(metric="cosine").
    /// </summary>
    /// <param name="normalized">rows of length 1; at least two labels</param>
    public static double Silhouette(FeatureSet normalized)
    {
        var (width, labels) = (normalized.Width, normalized.Labels.Distinct().Order().ToArray());
        if (labels.Length < 2)
            throw new ArgumentException("a silhouette needs at least two labels", nameof(normalized));
        var indexOf = labels.Select((label, i) => (label, i)).ToDictionary(pair => pair.label, pair => pair.i);
        var (sums, counts) = (new double[labels.Length][], new int[labels.Length]);
        for (var c = 0; c < labels.Length; c++)
            sums[c] = new double[width];
        for (var row = 0; row < normalized.Clips; row++)
        {
            var c = indexOf[normalized.Labels[row]];
            counts[c]++;
            var values = normalized.Row(row);
            for (var i = 0; i < width; i++)
                sums[c][i] += values[i];
        }

        var total = 0.0;
        for (var row = 0; row < normalized.Clips; row++)
        {
            // Distances are 1 - cosine, so those to all rows of a label add up to their number less the product with their sum.
            var own = indexOf[normalized.Labels[row]];
            var values = normalized.Row(row);
            if (counts[own] == 1)
                continue;
            var (within, nearest) = (0.0, double.PositiveInfinity);
            for (var c = 0; c < labels.Length; c++)
            {
                var product = Product(values, sums[c]);
                if (c == own)
                    within = (counts[c] - product - (1 - Product(values, values))) / (counts[c] - 1);
                else
                    nearest = Math.Min(nearest, (counts[c] - product) / counts[c]);
            }
            var larger = Math.Max(within, nearest);
            total += larger > 0 ? (nearest - within) / larger : 0;
        }
        return total / normalized.Clips;
    }

    static double Product(ReadOnlySpan<float> row, ReadOnlySpan<double> sum)
    {
        var product = 0.0;
        for (var i = 0; i < row.Length; i++)
            product += row[i] * sum[i];
        return product;
    }

    static double Product(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        var product = 0.0;
        for (var i = 0; i < one.Length; i++)
            product += (double)one[i] * other[i];
        return product;
    }
}
