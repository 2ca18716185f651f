using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Evaluation.Numerics;

namespace PretrainCluster.Learning.Tests.Evaluation.Numerics;

public sealed class PanelMatrixTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(4, 3, 16)]
    [InlineData(7, 33, 27)]
    [InlineData(64, 128, 60)]
    public void Multiply_AnyShape_IsTheProduct(int rows, int depth, int columns)
    {
        var (left, right) = (Numbers(rows * depth, 1), Numbers(depth * columns, 2));
        var result = new PanelMatrix(rows, columns);
        PanelMatrix.Multiply(left, depth, 1, rows, depth, PanelMatrix.Transposed(Transpose(right, depth, columns), columns, depth), result);
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                var expected = Enumerable.Range(0, depth).Sum(p => (double)left[i * depth + p] * right[p * columns + j]);
                Assert.Equal(expected, result[i, j], 1e-4);
            }
        }
    }

    [Fact]
    public void Multiply_TransposedLeftInPlace_IsTheProduct()
    {
        var (rows, depth, columns) = (5, 9, 20);
        var (left, right) = (Numbers(rows * depth, 1), Numbers(depth * columns, 2));
        var matrix = PanelMatrix.Transposed(Transpose(right, depth, columns), columns, depth);
        var (direct, transposed) = (new PanelMatrix(rows, columns), new PanelMatrix(rows, columns));
        PanelMatrix.Multiply(left, depth, 1, rows, depth, matrix, direct);
        PanelMatrix.Multiply(Transpose(left, rows, depth), 1, rows, rows, depth, matrix, transposed);
        Assert.Equal(direct.Values, transposed.Values);
    }

    [Fact]
    public void Multiply_RowAloneOrAmongFour_SameBits()
    {
        var (rows, depth, columns) = (8, 301, 33);
        var left = Numbers(rows * depth, 1);
        var matrix = PanelMatrix.Transposed(Numbers(depth * columns, 2), columns, depth);
        var (together, alone) = (new PanelMatrix(rows, columns), new PanelMatrix(1, columns));
        PanelMatrix.Multiply(left, depth, 1, rows, depth, matrix, together);
        for (var i = 0; i < rows; i++)
        {
            PanelMatrix.Multiply(left.AsSpan(i * depth, depth), depth, 1, 1, depth, matrix, alone);
            for (var j = 0; j < columns; j++)
                Assert.Equal(together[i, j], alone[0, j]);
        }
    }

    [Fact]
    public void Multiply_ShapesThatDoNotFit_Throws()
        => Assert.Throws<ArgumentException>(() => PanelMatrix.Multiply(new float[12], 4, 1, 3, 4, new(3, 5), new(3, 5)));

    static float[] Numbers(int count, ulong stream)
    {
        var random = new CounterRandom(3, RandomPurpose.Synthesis, stream);
        var values = new float[count];
        for (var i = 0; i < count; i++)
            values[i] = (float)random.NextGaussian();
        return values;
    }

    static float[] Transpose(float[] values, int rows, int columns)
    {
        var result = new float[values.Length];
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
                result[j * rows + i] = values[i * columns + j];
        }
        return result;
    }
}
