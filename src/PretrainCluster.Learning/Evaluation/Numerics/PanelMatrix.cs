using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PretrainCluster.Learning.Evaluation.Numerics;

/// <summary>
/// A float matrix stored as panels of 16 columns, [panels][rows][16], the last panel padded with zeros: what a product reads in one straight line.
/// </summary>
/// <remarks>
/// Each entry of a product is one chain of fused multiply-adds in the order of the inner index, so its bits depend neither on the
/// number of threads nor on how rows are grouped nor on the width of the machine's vectors.
/// </remarks>
public sealed class PanelMatrix
{
    /// <summary>Columns of a panel.</summary>
    public const int PanelWidth = 16;

    public PanelMatrix(int rows, int columns)
    {
        Rows = rows;
        Columns = columns;
        Panels = (columns + PanelWidth - 1) / PanelWidth;
        Values = new float[checked(Panels * rows * PanelWidth)];
    }

    public int Rows { get; }
    public int Columns { get; }
    public int Panels { get; }

    /// <summary>[panels][rows][16]</summary>
    public float[] Values { get; }

    public ref float this[int row, int column] => ref Values[(column / PanelWidth * Rows + row) * PanelWidth + column % PanelWidth];

    /// <summary>The transpose of a row-major matrix [columns, rows].</summary>
    public static PanelMatrix Transposed(ReadOnlySpan<float> values, int columns, int rows)
    {
        var matrix = new PanelMatrix(rows, columns);
        for (var column = 0; column < columns; column++)
        {
            for (var row = 0; row < rows; row++)
                matrix[row, column] = values[column * rows + row];
        }
        return matrix;
    }

    /// <summary><paramref name="result"/>[i, j] = sum over p of left[i * rowStride + p * depthStride] right[p, j], for the first <paramref name="rows"/> rows.</summary>
    /// <param name="left">the left factor in place: strides (width, 1) for a row-major matrix, (1, width) for its transpose</param>
    /// <param name="depth">length of the sums; at most right.Rows</param>
    public static void Multiply(ReadOnlySpan<float> left, int rowStride, int depthStride, int rows, int depth, PanelMatrix right, PanelMatrix result)
    {
        if (right.Panels != result.Panels || rows > result.Rows || depth > right.Rows)
            throw new ArgumentException($"[{rows}, {depth}] times [{right.Rows}, {right.Columns}] does not fit [{result.Rows}, {result.Columns}]");
        if (rows == 0 || depth == 0)
            return;
        _ = left[(rows - 1) * rowStride + (depth - 1) * depthStride];

        ref var first = ref MemoryMarshal.GetReference(left);
        for (var panel = 0; panel < right.Panels; panel++)
        {
            ref var source = ref right.Values[panel * right.Rows * PanelWidth];
            ref var target = ref result.Values[panel * result.Rows * PanelWidth];
            var row = 0;
            for (; row + 4 <= rows; row += 4)
                FourRows(ref Unsafe.Add(ref first, row * rowStride), rowStride, depthStride, depth, ref source, ref Unsafe.Add(ref target, row * PanelWidth));
            for (; row < rows; row++)
                OneRow(ref Unsafe.Add(ref first, row * rowStride), depthStride, depth, ref source, ref Unsafe.Add(ref target, row * PanelWidth));
        }
    }

    static void FourRows(ref float left, nint rowStride, nint depthStride, int depth, ref float right, ref float result)
    {
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        ref var left1 = ref Unsafe.Add(ref left, rowStride);
        ref var left2 = ref Unsafe.Add(ref left, 2 * rowStride);
        ref var left3 = ref Unsafe.Add(ref left, 3 * rowStride);
        nint at = 0;
        for (var p = 0; p < depth; p++)
        {
            var r0 = Vector256.LoadUnsafe(ref right);
            var r1 = Vector256.LoadUnsafe(ref Unsafe.Add(ref right, 8));
            var x = Vector256.Create(Unsafe.Add(ref left, at));
            a0 = Vector256.FusedMultiplyAdd(x, r0, a0);
            a1 = Vector256.FusedMultiplyAdd(x, r1, a1);
            x = Vector256.Create(Unsafe.Add(ref left1, at));
            b0 = Vector256.FusedMultiplyAdd(x, r0, b0);
            b1 = Vector256.FusedMultiplyAdd(x, r1, b1);
            x = Vector256.Create(Unsafe.Add(ref left2, at));
            c0 = Vector256.FusedMultiplyAdd(x, r0, c0);
            c1 = Vector256.FusedMultiplyAdd(x, r1, c1);
            x = Vector256.Create(Unsafe.Add(ref left3, at));
            d0 = Vector256.FusedMultiplyAdd(x, r0, d0);
            d1 = Vector256.FusedMultiplyAdd(x, r1, d1);
            at += depthStride;
            right = ref Unsafe.Add(ref right, PanelWidth);
        }
        a0.StoreUnsafe(ref result);
        a1.StoreUnsafe(ref result, 8);
        b0.StoreUnsafe(ref result, 16);
        b1.StoreUnsafe(ref result, 24);
        c0.StoreUnsafe(ref result, 32);
        c1.StoreUnsafe(ref result, 40);
        d0.StoreUnsafe(ref result, 48);
        d1.StoreUnsafe(ref result, 56);
    }

    static void OneRow(ref float left, nint depthStride, int depth, ref float right, ref float result)
    {
        Vector256<float> a0 = default, a1 = default;
        for (var p = 0; p < depth; p++)
        {
            var x = Vector256.Create(left);
            a0 = Vector256.FusedMultiplyAdd(x, Vector256.LoadUnsafe(ref right), a0);
            a1 = Vector256.FusedMultiplyAdd(x, Vector256.LoadUnsafe(ref right, 8), a1);
            left = ref Unsafe.Add(ref left, depthStride);
            right = ref Unsafe.Add(ref right, PanelWidth);
        }
        a0.StoreUnsafe(ref result);
        a1.StoreUnsafe(ref result, 8);
    }
}
