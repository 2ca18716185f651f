using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PretrainCluster.Core.Summation;

/// <summary>
/// How members that hold complete subtrees of one <see cref="SummationTree"/> finish it together: which subtrees each holds, and which additions remain.
/// </summary>
/// <remarks>Operands are all members' subtrees in the order of ranks, which is the order of leaves.</remarks>
public sealed class SharedSum
{
    /// <param name="leaves">micro-batches of a step</param>
    /// <param name="worldSize">members, whose leaves are those of <see cref="Shares"/></param>
    public SharedSum(int leaves, int worldSize)
    {
        var tree = new SummationTree(leaves);
        (Leaves, WorldSize) = (leaves, worldSize);
        Nodes = [.. Enumerable.Range(0, worldSize).Select(rank => Shares.Of(rank, worldSize, leaves)).Select(share => tree.Cover(share.Start, share.End))];
        First = new int[worldSize + 1];
        for (var rank = 0; rank < worldSize; rank++)
            First[rank + 1] = First[rank] + Nodes[rank].Count;
        Additions = AdditionsOf(tree, [.. Nodes.SelectMany(nodes => nodes)]);
    }

    public int Leaves { get; }

    public int WorldSize { get; }

    /// <summary>By rank, from left to right.</summary>
    public IReadOnlyList<IReadOnlyList<TreeNode>> Nodes { get; }

    /// <summary>By rank, the index of its first operand; at the end the number of operands.</summary>
    public int[] First { get; }

    /// <summary>In order: the right operand is added to the left one, which holds the sum from then on. Operand 0 holds the root at the end.</summary>
    public IReadOnlyList<(int Left, int Right)> Additions { get; }

    static List<(int Left, int Right)> AdditionsOf(SummationTree tree, TreeNode[] operands)
    {
        var additions = new List<(int, int)>();
        var pending = new Stack<(TreeNode Node, int Operand)>();
        for (var i = 0; i < operands.Length; i++)
        {
            var (node, operand) = (operands[i], i);
            while (node != tree.Root)
            {
                if (tree.Contains(node.Sibling))
                {
                    if (!pending.TryPeek(out var left) || left.Node != node.Sibling)
                        break;
                    additions.Add((left.Operand, operand));
                    operand = pending.Pop().Operand;
                }
                node = node.Parent;
            }
            pending.Push((node, operand));
        }
        return additions;
    }
}

/// <summary>Adds floats element by element, several at a time.</summary>
public static class VectorSum
{
    /// <summary>sum = left + right. Any two of them may be the same memory, but may not overlap otherwise.</summary>
    public static void Add(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> sum)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(right.Length, left.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(sum.Length, left.Length);
        ref var l = ref MemoryMarshal.GetReference(left);
        ref var r = ref MemoryMarshal.GetReference(right);
        ref var s = ref MemoryMarshal.GetReference(sum);
        nuint i = 0, length = (nuint)left.Length, width = (nuint)Vector<float>.Count;
        for (; i + 4 * width <= length; i += 4 * width)
        {
            (Vector.LoadUnsafe(ref l, i) + Vector.LoadUnsafe(ref r, i)).StoreUnsafe(ref s, i);
            (Vector.LoadUnsafe(ref l, i + width) + Vector.LoadUnsafe(ref r, i + width)).StoreUnsafe(ref s, i + width);
            (Vector.LoadUnsafe(ref l, i + 2 * width) + Vector.LoadUnsafe(ref r, i + 2 * width)).StoreUnsafe(ref s, i + 2 * width);
            (Vector.LoadUnsafe(ref l, i + 3 * width) + Vector.LoadUnsafe(ref r, i + 3 * width)).StoreUnsafe(ref s, i + 3 * width);
        }
        for (; i < length; i++)
            Unsafe.Add(ref s, i) = Unsafe.Add(ref l, i) + Unsafe.Add(ref r, i);
    }
}
