using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Evaluation.Embedding;

/// <summary>Features of clips in two dimensions, for a plot.</summary>
/// <param name="Method">how the map was made, e.g. "t-SNE, perplexity 30, of 430 clips"</param>
/// <param name="Points">[x, y] per clip</param>
/// <param name="Labels">class per clip</param>
public sealed record FeatureMap(string Method, IReadOnlyList<float[]> Points, IReadOnlyList<int> Labels)
{
    /// <summary>Clips of a map at most: exact t-SNE takes time and memory by their square.</summary>
    public const int MostClips = 2000;

    /// <summary>t-SNE of L2-normalised features; of more than <see cref="MostClips"/> clips, that many are drawn by the seed.</summary>
    public static FeatureMap Of(FeatureSet features, long seed, LanePool lanes, CancellationToken cancellation = default)
    {
        var shown = features;
        if (features.Clips > MostClips)
        {
            var rows = Enumerable.Range(0, features.Clips).ToArray();
            var random = EvaluationStream.Subsample.Random(seed);
            random.Shuffle(rows.AsSpan());
            shown = features.Select([.. rows[..MostClips].Order()]);
        }
        var perplexity = Math.Clamp((shown.Clips - 1) / 3, 1, 30);
        var points = StudentNeighbours.Map(shown.Normalized(), perplexity, lanes, cancellation);
        var method = shown.Clips < 4 ? "principal components" : $"t-SNE of L2-normalised features, perplexity {perplexity}, PCA initialisation";
        return new(
            shown == features ? method : $"{method}; {MostClips} of {features.Clips} clips, seed {seed}",
            [.. points.Select(p => new[] { (float)p[0], (float)p[1] })], shown.Labels);
    }
}
