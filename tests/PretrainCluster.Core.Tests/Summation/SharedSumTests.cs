using PretrainCluster.Core.Summation;

namespace PretrainCluster.Core.Tests.Summation;

public class SharedSumTests
{
    [Fact]
    public void Additions_AnyLeavesAndWorldSize_AreTheTreesOwn()
    {
        for (var leaves = 1; leaves <= 33; leaves++)
        {
            for (var worldSize = 1; worldSize <= 9; worldSize++)
            {
                var plan = new SharedSum(leaves, worldSize);
                var operands = plan.Nodes.SelectMany(nodes => nodes).Select(node => Expression(plan, node)).ToArray();
                foreach (var (left, right) in plan.Additions)
                    operands[left] = $"({operands[left]}+{operands[right]})";

                Assert.Equal(Expression(plan, new SummationTree(leaves).Root), operands[0]);
                Assert.Equal(operands.Length - 1, plan.Additions.Count);
                Assert.Equal(operands.Length, plan.First[worldSize]);
            }
        }
    }

    [Fact]
    public void Nodes_MoreMembersThanLeaves_LeavesSomeWithout() =>
        Assert.Equal([0, 0, 1, 0, 1], new SharedSum(2, 5).Nodes.Select(nodes => nodes.Count));

    /// <summary>What a node adds, written out from the definition.</summary>
    static string Expression(SharedSum plan, TreeNode node)
    {
        var tree = new SummationTree(plan.Leaves);
        if (node.Level == 0)
            return $"{node.Index}";
        var (left, right) = (new TreeNode(node.Level - 1, node.Index * 2), new TreeNode(node.Level - 1, node.Index * 2 + 1));
        return tree.Contains(right) ? $"({Expression(plan, left)}+{Expression(plan, right)})" : Expression(plan, left);
    }
}
