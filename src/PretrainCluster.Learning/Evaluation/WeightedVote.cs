namespace PretrainCluster.Learning.Evaluation;

/// <summary>The vote of instance discrimination's kNN (Wu et al., CVPR 2018), as ActCLR, SkeAttnCLR and STARS monitor by it.</summary>
public static class WeightedVote
{
    /// <summary>The class with the largest sum of exp(similarity / temperature) over the first <paramref name="voters"/> neighbours; among equal ones the smallest.</summary>
    /// <param name="neighbours">rows of the gallery</param>
    /// <param name="similarities">theirs with the query, cosine</param>
    /// <param name="labels">of the gallery</param>
    public static int Of(ReadOnlySpan<int> neighbours, ReadOnlySpan<float> similarities, ReadOnlySpan<int> labels, int voters, double temperature)
    {
        // A common factor in all votes changes none; this one keeps small temperatures from overflowing.
        var largest = float.NegativeInfinity;
        foreach (var similarity in similarities[..voters])
            largest = Math.Max(largest, similarity);
        var (winner, most) = (-1, 0.0);
        foreach (var candidate in neighbours[..voters])
        {
            var votes = 0.0;
            for (var i = 0; i < voters; i++)
                votes += labels[neighbours[i]] == labels[candidate] ? Math.Exp(((double)similarities[i] - largest) / temperature) : 0;
            if (votes > most || (votes == most && labels[candidate] < winner))
                (winner, most) = (labels[candidate], votes);
        }
        return winner;
    }
}
