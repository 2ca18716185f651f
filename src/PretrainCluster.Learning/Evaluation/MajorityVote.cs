namespace PretrainCluster.Learning.Evaluation;

/// <summary>The vote of scikit-learn's KNeighborsClassifier with uniform weights.</summary>
public static class MajorityVote
{
    /// <summary>The most frequent label of the first <paramref name="voters"/> neighbours; among equally frequent ones the smallest.</summary>
    public static int Of(ReadOnlySpan<int> neighbours, ReadOnlySpan<int> labels, int voters)
    {
        var (winner, votes) = (-1, 0);
        foreach (var candidate in neighbours[..voters])
        {
            var count = 0;
            foreach (var neighbour in neighbours[..voters])
                count += labels[neighbour] == labels[candidate] ? 1 : 0;
            if (count > votes || (count == votes && labels[candidate] < winner))
                (winner, votes) = (labels[candidate], count);
        }
        return winner;
    }
}
