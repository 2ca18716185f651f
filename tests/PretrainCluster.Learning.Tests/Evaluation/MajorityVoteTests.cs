using PretrainCluster.Learning.Evaluation;

namespace PretrainCluster.Learning.Tests.Evaluation;

public sealed class MajorityVoteTests
{
    /// <summary>Worked out by hand from scikit-learn's rule: the mode of the neighbours' labels, the smallest of the modes.</summary>
    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 3)]
    [InlineData(6, 0)]
    public void Of_Ties_GoToTheSmallestClass(int voters, int expected)
    {
        int[] labels = [3, 1, 0, 3, 3, 0, 0];
        // Labels in order of distance: 3, 1, 0, 3 ... with the row order shuffled against the distance.
        int[] neighbours = voters switch
        {
            <= 2 => [0, 1],
            3 => [0, 1, 1],
            4 => [0, 1, 3, 1],
            5 => [0, 1, 2, 3, 4],
            _ => [0, 3, 4, 2, 5, 6],
        };
        Assert.Equal(expected, MajorityVote.Of(neighbours, labels, voters));
    }
}
