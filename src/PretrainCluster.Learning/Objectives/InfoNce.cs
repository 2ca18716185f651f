namespace PretrainCluster.Learning.Objectives;

/// <summary>InfoNCE (van den Oord et al., "Representation Learning with Contrastive Predictive Coding", arXiv 1807.03748) as momentum contrast has it.</summary>
static class InfoNce
{
    /// <summary>Cross-entropy of telling each query's key from what is remembered, summed over the queries. All rows have length 1.</summary>
    /// <param name="queries">[n, width]</param>
    /// <param name="keys">[n, width]</param>
    /// <param name="remembered">[queue, width]</param>
    /// <param name="own">[n, width], one more negative for each query; null for none</param>
    public static Tensor Sum(Tensor queries, Tensor keys, Tensor remembered, double temperature, Tensor? own = null)
    {
        var positive = (queries * keys).sum(1, keepdim: true);
        var negative = queries.matmul(remembered.t());
        var similarities = own is null ? cat([positive, negative], 1) : cat([positive, negative, (queries * own).sum(1, keepdim: true)], 1);
        var logits = Widened.Of(similarities) / temperature;
        return nn.functional.cross_entropy(logits, zeros([queries.shape[0]], ScalarType.Int64, queries.device), reduction: nn.Reduction.Sum);
    }
}

/// <summary>Rows scaled to length 1. TorchSharp 0.99.6 has no normalize.</summary>
public static class Direction
{
    const float Shortest = 1e-12f;

    /// <param name="rows">[n, width]; one that is shorter than 1e-12 stays nearly as it is</param>
    public static Tensor Of(Tensor rows) => rows / rows.norm(1, keepdim: true, 2).clamp_min(Shortest);
}

/// <summary>Values in fp32 at least, whatever autocast computed them in.</summary>
static class Widened
{
    public static Tensor Of(Tensor x) => x.dtype == ScalarType.Float64 ? x : x.to(ScalarType.Float32);
}
