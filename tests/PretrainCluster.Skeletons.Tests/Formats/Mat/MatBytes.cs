using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using PretrainCluster.Skeletons.Formats.Mat;

namespace PretrainCluster.Skeletons.Tests.Formats.Mat;

/// <summary>MATLAB files of level 5 for tests, sound and forged.</summary>
static class MatBytes
{
    public static byte[] File(params byte[][] elements) =>
        [.. Encoding.ASCII.GetBytes("MATLAB 5.0 MAT-file".PadRight(116)), .. new byte[8], 0x00, 0x01, (byte)'I', (byte)'M', .. elements.SelectMany(element => element)];

    /// <param name="shape">What the header claims.</param>
    /// <param name="values">What follows, stored as <paramref name="type"/>.</param>
    /// <param name="numericClass">6 is double.</param>
    public static byte[] Matrix<T>(string name, int[] shape, T[] values, MatType type = MatType.Double, uint numericClass = 6)
        where T : unmanaged =>
        Element(
            MatType.Matrix,
            [
                .. Element(MatType.UInt32, MemoryMarshal.AsBytes<uint>([numericClass, 0])),
                .. Element(MatType.Int32, MemoryMarshal.AsBytes<int>(shape)),
                .. Element(MatType.Int8, Encoding.ASCII.GetBytes(name)),
                .. Element(type, MemoryMarshal.AsBytes<T>(values)),
            ]);

    public static byte[] Compressed(byte[] element)
    {
        var bytes = new MemoryStream();
        using (var zlib = new ZLibStream(bytes, CompressionLevel.Optimal))
            zlib.Write(element);
        var compressed = bytes.ToArray();
        return [.. Tag(MatType.Compressed, (uint)compressed.Length), .. compressed];
    }

    /// <summary>A sequence of UTD-MHAD whose coordinates tell where they stand: joint + axis / 10 + frame / 100.</summary>
    public static byte[] Skeleton(int frames, bool compressed, int joints = 20)
    {
        var values = Enumerable.Range(0, frames * 3 * joints).Select(i => (i % joints) + (i / joints % 3 / 10.0) + (i / joints / 3 / 100.0)).ToArray();
        var matrix = Matrix("d_skel", [joints, 3, frames], values);
        return File(compressed ? Compressed(matrix) : matrix);
    }

    public static byte[] Element(MatType type, ReadOnlySpan<byte> content) =>
        content.Length is > 0 and <= 4
            ? [.. MemoryMarshal.AsBytes<ushort>([(ushort)type, (ushort)content.Length]), .. content, .. new byte[4 - content.Length]]
            : [.. Tag(type, (uint)content.Length), .. content, .. new byte[-content.Length & 7]];

    public static byte[] Tag(MatType type, uint length) => [.. MemoryMarshal.AsBytes<uint>([(uint)type, length])];
}
