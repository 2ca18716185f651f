using PretrainCluster.Core.Summation;

namespace PretrainCluster.Core.Tests.Summation;

public class SummationTreeTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(5, 3)]
    [InlineData(8, 3)]
    [InlineData(9, 4)]
    public void Root_AnyCount_CoversAllLeaves(int leaves, int level)
    {
        var tree = new SummationTree(leaves);

        Assert.Equal(new TreeNode(level, 0), tree.Root);
        Assert.Equal((0, leaves), (tree.Start(tree.Root), tree.End(tree.Root)));
    }

    [Fact]
    public void Cover_EveryRangeOfEveryTree_IsAPartitionIntoMaximalSubtrees()
    {
        for (var leaves = 1; leaves <= 20; leaves++)
        {
            var tree = new SummationTree(leaves);
            for (var start = 0; start <= leaves; start++)
            {
                for (var end = start; end <= leaves; end++)
                {
                    var nodes = tree.Cover(start, end);
                    var position = start;
                    foreach (var node in nodes)
                    {
                        Assert.Equal(position, tree.Start(node));
                        position = tree.End(node);
                        Assert.True(node == tree.Root || tree.Start(node.Parent) < start || tree.End(node.Parent) > end);
                    }
                    Assert.Equal(end, position);
                    Assert.InRange(nodes.Count, start == end ? 0 : 1, 2 * (tree.Root.Level + 1));
                }
            }
        }
    }
}
