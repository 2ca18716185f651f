using System.Buffers.Binary;
using PretrainCluster.Core;
using PretrainCluster.Skeletons.Formats.Mat;

namespace PretrainCluster.Skeletons.Tests.Formats.Mat;

public sealed class MatFileTests
{
    const int Many = 1000;

    /// <summary>scipy.io.savemat({'note': 'made by scipy', 'd_skel': numpy.arange(12).reshape(2, 3, 2) / 4}, do_compression=True), after its 116 bytes of text.</summary>
    const string Scipy = "AAAAAAAAAAAAAUlNDwAAADYAAAB4nONjYGBwAGI2IOYAYhYGCGCF8hmBmBdMszDk5ZekCkD5uYkpqQpJlQrFyZkFlUA+AH3BBy4PAAAAUgAAAHic42NgYFgAxGxAzAGlQYAViHmAmAmImaE0CDBC1aTEF2en5jAwcALZCQzo4Ic9hH4ApRkcINQHKJ8Fyr8A5f+B0i+gNBNU/guUz+YAAF1sDPI=";

    [Fact]
    public void Read_FileOfScipy_GivesTheNumbersColumnMajor()
    {
        byte[] file = [.. new byte[116], .. Convert.FromBase64String(Scipy)];

        var array = MatFile.Read(file, "d_skel", Many, "a.mat");

        Assert.Equal([2, 3, 2], array.Shape);
        Assert.Equal([0, 1.5, 0.5, 2, 1, 2.5, 0.25, 1.75, 0.75, 2.25, 1.25, 2.75], array.Values);
        Assert.Contains("no variable 'skeleton'; it has note, d_skel", Refusal(file, "skeleton"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_NumbersStoredShort_AreWidened(bool compressed)
    {
        var matrix = MatBytes.Matrix<byte>("d_skel", [1, 3], [7, 0, 255], MatType.UInt8);
        var other = MatBytes.Matrix("x", [1, 1], [1.0]);

        Assert.Equal([7, 0, 255], Read(MatBytes.File(other, compressed ? MatBytes.Compressed(matrix) : matrix)).Values);
        Assert.Equal([-2, 3], Read(MatBytes.File(MatBytes.Matrix<short>("d_skel", [2, 1], [-2, 3], MatType.Int16))).Values);
        Assert.Equal([0.5], Read(MatBytes.File(MatBytes.Matrix("d_skel", [1, 1], [0.5f], MatType.Single, 7))).Values);
    }

    [Theory]
    [InlineData(false, 4, "claims to be 20 x 4, which is 80 numbers; 60 follow")]
    [InlineData(true, 4, "claims to be 20 x 4, which is 80 numbers; 60 follow")]
    [InlineData(false, 2_000_000_000, "more than 1000 numbers cannot be right")]
    [InlineData(true, -3, "more than 1000 numbers cannot be right")]
    public void Read_ShapeThatLies_IsRefused(bool compressed, int length, string reason)
    {
        var matrix = MatBytes.Matrix("d_skel", [20, length], new double[60]);

        Assert.Contains(reason, Refusal(MatBytes.File(compressed ? MatBytes.Compressed(matrix) : matrix)));
    }

    [Fact]
    public void Read_ElementLongerThanTheFile_IsRefused()
    {
        var file = MatBytes.Skeleton(2, compressed: false);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(132), uint.MaxValue);

        Assert.Contains("claims 4294967295 bytes", Refusal(file));
    }

    [Fact]
    public void Read_CompressedElementThatClaimsGigabytes_IsRefusedBeforeItIsInflated()
    {
        var matrix = MatBytes.Matrix("d_skel", [20, 3, 3], new double[180]);
        BinaryPrimitives.WriteUInt32LittleEndian(matrix.AsSpan(4), 2_000_000_000);

        Assert.Contains("claims to inflate to 2000000000 bytes", Refusal(MatBytes.File(MatBytes.Compressed(matrix))));
    }

    [Fact]
    public void Read_OtherFiles_SayWhatToDo()
    {
        Assert.Contains("-v7", Refusal([.. "MATLAB 7.3 MAT-file"u8, .. new byte[200]]));
        Assert.Contains("no MATLAB file of level 5", Refusal(new byte[300]));
        Assert.Contains("has 3 bytes", Refusal([1, 2, 3]));
        var big = MatBytes.Skeleton(1, compressed: false);
        (big[126], big[127]) = ((byte)'M', (byte)'I');
        Assert.Contains("big-endian", Refusal(big));
        Assert.Contains("no array of real numbers", Refusal(MatBytes.File(MatBytes.Matrix("d_skel", [1, 1], [1.0], numericClass: 2))));
    }

    [Fact]
    public void Read_FlippedBitInCompressedData_IsRefused()
    {
        var file = MatBytes.Skeleton(4, compressed: true);
        file[^2] ^= 1;

        Assert.Contains("compressed data is damaged", Refusal(file));
    }

    [Fact]
    public void Read_DamagedFiles_AreReadOrRefusedAndNothingElse()
    {
        var random = new Random(7);
        foreach (var original in new[] { MatBytes.Skeleton(3, compressed: false), MatBytes.Skeleton(3, compressed: true) })
            for (var round = 0; round < 1500; round++)
            {
                var bytes = round % 3 == 0 ? original[..random.Next(original.Length)] : (byte[])original.Clone();
                for (var flips = random.Next(1, 6); flips > 0 && bytes.Length > 0; flips--)
                    bytes[random.Next(2) == 0 ? random.Next(Math.Min(230, bytes.Length)) : random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                try
                {
                    Read(bytes);
                }
                catch (InputException problem)
                {
                    Assert.StartsWith("a.mat: ", problem.Message);
                }
            }
    }

    static MatArray Read(byte[] file) => MatFile.Read(file, "d_skel", Many, "a.mat");

    static string Refusal(byte[] file, string variable = "d_skel") => Assert.Throws<InputException>(() => MatFile.Read(file, variable, Many, "a.mat")).Message;
}
