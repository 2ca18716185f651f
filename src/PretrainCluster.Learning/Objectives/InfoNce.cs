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
