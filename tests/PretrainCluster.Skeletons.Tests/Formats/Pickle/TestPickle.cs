using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace PretrainCluster.Skeletons.Tests.Formats.Pickle;

/// <summary>Pickles of protocol 4 for tests, made opcode by opcode.</summary>
static class TestPickle
{
    public static byte[] File(byte[] value) => [0x80, 4, .. value, (byte)'.'];

    public static byte[] Text(string text) => [(byte)'X', .. Length(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    public static byte[] Number(int value) => [(byte)'J', .. Length(value)];

    public static byte[] List(params byte[][] items) => [(byte)']', (byte)'(', .. items.SelectMany(item => item), (byte)'e'];

    public static byte[] Tuple(params byte[][] items) => [(byte)'(', .. items.SelectMany(item => item), (byte)'t'];

    public static byte[] Dictionary(params (string Key, byte[] Value)[] items) =>
        [(byte)'}', (byte)'(', .. items.SelectMany(item => (byte[])[.. Text(item.Key), .. item.Value]), (byte)'u'];

    public static byte[] Global(string module, string name) => [(byte)'c', .. Encoding.ASCII.GetBytes($"{module}\n{name}\n")];

    public static byte[] Call(byte[] callable, params byte[][] arguments) => [.. callable, .. Tuple(arguments), (byte)'R'];

    /// <param name="type">Such as f4.</param>
    /// <param name="shape">What the pickle claims.</param>
    /// <param name="values">What it holds.</param>
    public static byte[] Array<T>(string type, int[] shape, params T[] values)
        where T : unmanaged =>
    [
        .. Call(Global("numpy.core.multiarray", "_reconstruct"), Global("numpy", "ndarray"), Tuple(Number(0)), Bytes("b"u8)),
        .. Tuple(Number(1), Tuple([.. shape.Select(Number)]), DataType(type), [0x89], Bytes(MemoryMarshal.AsBytes<T>(values))),
        (byte)'b',
    ];

    public static byte[] DataType(string type, string order = "<") =>
    [
        .. Call(Global("numpy", "dtype"), Text(type), [0x89], [0x88]),
        .. Tuple(Number(3), Text(order), [(byte)'N'], [(byte)'N'], [(byte)'N'], Number(-1), Number(-1), Number(0)),
        (byte)'b',
    ];

    public static byte[] Bytes(ReadOnlySpan<byte> content) => [(byte)'B', .. Length(content.Length), .. content];

    static byte[] Length(int length)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        return bytes;
    }
}
