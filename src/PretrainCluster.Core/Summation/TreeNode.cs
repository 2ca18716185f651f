namespace PretrainCluster.Core.Summation;

/// <summary>A node of a <see cref="SummationTree"/>: the sum of leaves Index * 2^Level up to the next node of its level, or the tree's end.</summary>
/// <param name="Level">0 for a leaf</param>
/// <param name="Index">among the nodes of its level, from 0</param>
public readonly record struct TreeNode(int Level, int Index)
{
    public static TreeNode Leaf(int index) => new(0, index);

    public TreeNode Parent => new(Level + 1, Index >> 1);

    public TreeNode Sibling => this with { Index = Index ^ 1 };
}
