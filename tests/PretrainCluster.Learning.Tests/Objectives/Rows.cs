namespace PretrainCluster.Learning.Tests.Objectives;

/// <summary>Rows of numbers in double precision, and the layers of the papers written out on them: what the objectives' tensors are compared with.</summary>
sealed class Rows(double[][] rows)
{
    public static Rows Of(Tensor matrix)
    {
        var width = (int)matrix.shape[^1];
        return new([.. Close.Floats(matrix).Select(value => (double)value).Chunk(width)]);
    }

    public double[] this[int row] => rows[row];
    public int Count => rows.Length;

    public Rows Select(Func<double[], double[]> map) => new([.. rows.Select(map)]);

    public Rows Linear(Rows weight, Rows bias) => Select(row => [.. Enumerable.Range(0, weight.Count).Select(output => Dot(row, weight[output]) + bias[0][output])]);

    public Rows Relu() => Select(row => [.. row.Select(value => Math.Max(0, value))]);

    public Rows Normalized() => Select(row => Math.Sqrt(Dot(row, row)) is var length ? [.. row.Select(value => value / length)] : row);

    /// <summary>Mean and biased variance over the rows; scale and shift per column.</summary>
    public Rows BatchNorm(Rows scale, Rows shift) => Select(row => [.. row.Select((value, i) => (value - Mean(i)) / Math.Sqrt(Squares(i) / Count + 1e-5) * scale[0][i] + shift[0][i])]);

    public double Mean(int column) => rows.Average(row => row[column]);

    public double UnbiasedVariance(int column) => Squares(column) / (Count - 1);

    /// <summary>The row with the largest product.</summary>
    public double[] Nearest(double[] to) => rows.MaxBy(row => Dot(row, to))!;

    /// <summary>-log(exp(target) / sum of exp)</summary>
    public static double CrossEntropy(double[] logits, int target) => Math.Log(logits.Sum(Math.Exp)) - logits[target];

    public static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    double Squares(int column) => Mean(column) is var mean ? rows.Sum(row => (row[column] - mean) * (row[column] - mean)) : 0;
}
