using System.Numerics;

namespace PretrainCluster.Core.Summation;

/// <summary>
/// The one order in which the values of a step's micro-batches are added, whoever computed them: a binary tree over their indices. A node of
/// level l adds the two nodes of level l-1 below it; where the right one lies beyond the last leaf it is the left one. For 5 leaves:
/// ((0+1)+(2+3))+4. A contiguous range of leaves owns whole subtrees, so workers add those and then finish the same tree together.
/// </summary>
public sealed class SummationTree
{
    public SummationTree(int leaves)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(leaves, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(leaves, 1 << 30);
        Leaves = leaves;
        Root = new(32 - BitOperations.LeadingZeroCount((uint)(leaves - 1)), 0);
    }

    public int Leaves { get; }

    public TreeNode Root { get; }

    /// <summary>First leaf of a node.</summary>
    public int Start(TreeNode node) => node.Index << node.Level;

    /// <summary>One past the last leaf of a node.</summary>
    public int End(TreeNode node) => (int)Math.Min((long)(node.Index + 1) << node.Level, Leaves);

    public bool Contains(TreeNode node) =>
        node.Level >= 0 && node.Level <= Root.Level && node.Index >= 0 && (long)node.Index << node.Level < Leaves;

    /// <summary>The largest subtrees that lie whole inside leaves [<paramref name="start"/>, <paramref name="end"/>), from left to right.</summary>
    public IReadOnlyList<TreeNode> Cover(int start, int end)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end, Leaves);
        var nodes = new List<TreeNode>();
        for (var leaf = start; leaf < end;)
        {
            var node = TreeNode.Leaf(leaf);
            while (node != Root && Start(node.Parent) == leaf && End(node.Parent) <= end)
                node = node.Parent;
            nodes.Add(node);
            leaf = End(node);
        }
        return nodes;
    }
}

/// <summary>A node of a <see cref="SummationTree"/>: the sum of leaves Index * 2^Level up to the next node of its level, or the tree's end.</summary>
/// <param name="Level">0 for a leaf</param>
/// <param name="Index">among the nodes of its level, from 0</param>
public readonly record struct TreeNode(int Level, int Index)
{
    public static TreeNode Leaf(int index) => new(0, index);

    public TreeNode Parent => new(Level + 1, Index >> 1);

    public TreeNode Sibling => this with { Index = Index ^ 1 };
}

/// <summary>Which micro-batches a rank computes, or which part of a vector it adds up: contiguous ranges whose sizes differ by one at most.</summary>
public static class Shares
{
    /// <returns>[Start, End) of <paramref name="total"/> that belongs to <paramref name="rank"/></returns>
    public static (int Start, int End) Of(int rank, int worldSize, int total)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, worldSize);
        return ((int)((long)total * rank / worldSize), (int)((long)total * (rank + 1) / worldSize));
    }
}
