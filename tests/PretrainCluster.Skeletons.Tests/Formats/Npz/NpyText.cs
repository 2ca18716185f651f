using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace PretrainCluster.Skeletons.Tests.Formats.Npz;

/// <summary>.npy and .npz files for tests.</summary>
static class NpyText
{
    public static byte[] Array<T>(string type, int[] shape, params T[] values)
        where T : unmanaged =>
        Array($"{{'descr': '{type}', 'fortran_order': False, 'shape': ({string.Join(", ", shape)}{(shape.Length == 1 ? "," : "")}), }}", MemoryMarshal.AsBytes<T>(values).ToArray());

    public static byte[] Array(string header, byte[] data, byte version = 1)
    {
        var text = Encoding.ASCII.GetBytes(header.PadRight(100) + "\n");
        var length = new byte[version == 1 ? 2 : 4];
        if (version == 1)
            BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)text.Length);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)text.Length);
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. text, .. data];
    }

    /// <summary>Two classes, clips of four frames with the last one empty, values that tell where they stand.</summary>
    /// <param name="path">Where to write.</param>
    /// <param name="width">Values a frame.</param>
    /// <param name="train">Clips in x_train.</param>
    /// <param name="test">Clips in x_test.</param>
    /// <param name="level">Stored, as numpy.savez, or deflated, as numpy.savez_compressed.</param>
    /// <param name="change">Called with every array's name and content; what it gives is written.</param>
    public static string Npz(string path, int width = 60, int train = 3, int test = 2, CompressionLevel level = CompressionLevel.NoCompression, Func<string, byte[], byte[]>? change = null)
    {
        const int Frames = 4;
        var entries = new List<(string, byte[])>();
        foreach (var (side, count) in new[] { ("train", train), ("test", test) })
        {
            var x = new float[count * Frames * width];
            for (var i = 0; i < x.Length; i++)
                x[i] = i / width % Frames == Frames - 1 ? 0 : 1 + (i / (Frames * width)) + ((i % (Frames * width)) / 1000f) + (side == "test" ? 100 : 0);
            var y = new double[count * 2];
            for (var i = 0; i < count; i++)
                y[(2 * i) + (i % 2)] = 1;
            entries.Add(($"x_{side}.npy", Array("<f4", [count, Frames, width], x)));
            entries.Add(($"y_{side}.npy", Array("<f8", [count, 2], y)));
        }

        return TestZip.Write(path, level, [.. entries.Select(entry => (entry.Item1, change?.Invoke(entry.Item1, entry.Item2) ?? entry.Item2))]);
    }
}
