namespace PretrainCluster.Skeletons.Views;

/// <summary>A 3 x 3 matrix that maps every joint's (x, y, z) as a column vector.</summary>
public readonly record struct LinearMap(
    float Xx, float Xy, float Xz,
    float Yx, float Yy, float Yz,
    float Zx, float Zy, float Zz)
{
    public static LinearMap Identity { get; } = new(1, 0, 0, 0, 1, 0, 0, 0, 1);

    /// <summary>Entry of a row and a column, 0 to 2.</summary>
    public float this[int row, int column] => (row * 3 + column) switch
    {
        0 => Xx,
        1 => Xy,
        2 => Xz,
        3 => Yx,
        4 => Yy,
        5 => Yz,
        6 => Zx,
        7 => Zy,
        8 => Zz,
        _ => throw new ArgumentOutOfRangeException(nameof(row)),
    };

    /// <summary>Rotation about x, then y, then z (Rz.Ry.Rx), with the signs of MAMP and AimCLR: a positive angle turns y towards -z, z towards -x, x towards -y.</summary>
    /// <param name="x">Radians.</param>
    /// <param name="y">Radians.</param>
    /// <param name="z">Radians.</param>
    public static LinearMap Rotation(double x, double y, double z)
    {
        var (sx, cx) = Math.SinCos(x);
        var (sy, cy) = Math.SinCos(y);
        var (sz, cz) = Math.SinCos(z);
        return new(
            (float)(cz * cy), (float)(cz * sy * sx + sz * cx), (float)(-cz * sy * cx + sz * sx),
            (float)(-sz * cy), (float)(-sz * sy * sx + cz * cx), (float)(sz * sy * cx + cz * sx),
            (float)sy, (float)(-cy * sx), (float)(cy * cx));
    }

    /// <summary>The map that applies <paramref name="first"/>, then <paramref name="second"/>.</summary>
    public static LinearMap Then(LinearMap first, LinearMap second)
    {
        Span<float> product = stackalloc float[9];
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++)
                product[row * 3 + column] = second[row, 0] * first[0, column] + second[row, 1] * first[1, column] + second[row, 2] * first[2, column];
        }
        return new(product[0], product[1], product[2], product[3], product[4], product[5], product[6], product[7], product[8]);
    }
}
