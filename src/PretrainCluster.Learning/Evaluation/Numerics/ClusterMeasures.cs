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
        var labels = normalized.Labels.Distinct().Order().ToArray();
        if (labels.Length < 2)
            throw new ArgumentException("a silhouette needs at least two labels", nameof(normalized));
        using var held = Finalizers.Hold();
        using var scope = NewDisposeScope();
        var rows = normalized.ToTensor().to(float64);
        var index = tensor(Array.ConvertAll(normalized.Labels, label => (long)Array.BinarySearch(labels, label)));
        var member = nn.functional.one_hot(index, labels.Length).to(float64);
        var counts = member.sum([0]);
        // Distances are 1 - cosine, so those to all rows of a label add up to their number less the product with
        // their sum.
        var distances = counts - rows.mm(rows.t().mm(member));
        var own = member.mv(counts);
        var within = ((distances * member).sum(1) - 1 + rows.square().sum(1)) / (own - 1);
        var others = (distances / counts).masked_fill(member.to_type(ScalarType.Bool), double.PositiveInfinity);
        var nearest = others.amin([1L]);
        var larger = within.maximum(nearest);
        var defined = (own > 1).logical_and(larger > 0);
        return where(defined, (nearest - within) / larger, zeros_like(larger)).mean().item<double>();
    }
}
