using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace PretrainCluster.Skeletons.Formats.Npz;

/// <summary>A .npy array that is read from its start, a run of elements at a time, in constant memory.</summary>
public sealed class NpyArray : IDisposable
{
    readonly Stream _stream;
    readonly string _source;
    byte[] _bytes = [];

    internal NpyArray(Stream stream, long total, string source)
        : this(stream, NpyHeader.Read(stream, total, source), source)
    {
    }

    /// <param name="stream">At the first element.</param>
    /// <param name="header">What was said of the elements elsewhere.</param>
    /// <param name="source">What error messages begin with.</param>
    internal NpyArray(Stream stream, NpyHeader header, string source)
    {
        _stream = stream;
        _source = source;
        Header = header;
    }

    public NpyHeader Header { get; }

    /// <summary>The next elements as single precision; the array must be f2, f4 or f8.</summary>
    public void Read(Span<float> destination)
    {
        if (Header.Type == "f4")
        {
            Fill(MemoryMarshal.AsBytes(destination));
            return;
        }

        var raw = Next(destination.Length);
        if (Header.Type == "f8")
            Convert<double>(raw, destination, value => (float)value);
        else if (Header.Type == "f2")
            Convert<Half>(raw, destination, value => (float)value);
        else
            throw new InputException($"{_source}: has element type {Header.Type}; expected float32.");
    }

    /// <summary>The next elements as double precision; any type.</summary>
    public void Read(Span<double> destination)
    {
        var raw = Next(destination.Length);
        switch (Header.Type)
        {
            case "f2": Convert<Half>(raw, destination, value => (double)value); break;
            case "f4": Convert<float>(raw, destination, value => value); break;
            case "f8": Convert<double>(raw, destination, value => value); break;
            case "i1": Convert<sbyte>(raw, destination, value => value); break;
            case "i2": Convert<short>(raw, destination, value => value); break;
            case "i4": Convert<int>(raw, destination, value => value); break;
            case "i8": Convert<long>(raw, destination, value => value); break;
            case "u2": Convert<ushort>(raw, destination, value => value); break;
            case "u4": Convert<uint>(raw, destination, value => value); break;
            case "u8": Convert<ulong>(raw, destination, value => value); break;
            default: Convert<byte>(raw, destination, value => value); break;
        }
    }

    /// <summary>Reads to the end, where a zip entry's checksum is compared.</summary>
    public void Finish()
    {
        if (_stream.ReadByte() >= 0)
            throw new InputException($"{_source}: holds more data than its header says.");
    }

    public void Dispose() => _stream.Dispose();

    ReadOnlySpan<byte> Next(int elements)
    {
        var count = elements * Header.ItemSize;
        if (_bytes.Length < count)
            _bytes = new byte[count];
        Fill(_bytes.AsSpan(0, count));
        return _bytes.AsSpan(0, count);
    }

    void Fill(Span<byte> destination)
    {
        if (_stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false) < destination.Length)
            throw new InputException($"{_source}: ends before its data does; it is truncated.");
    }

    static void Convert<T>(ReadOnlySpan<byte> raw, Span<float> destination, Func<T, float> convert)
        where T : unmanaged
    {
        var values = MemoryMarshal.Cast<byte, T>(raw);
        for (var i = 0; i < destination.Length; i++)
            destination[i] = convert(values[i]);
    }

    static void Convert<T>(ReadOnlySpan<byte> raw, Span<double> destination, Func<T, double> convert)
        where T : unmanaged
    {
        var values = MemoryMarshal.Cast<byte, T>(raw);
        for (var i = 0; i < destination.Length; i++)
            destination[i] = convert(values[i]);
    }
}

/// <summary>The header of a .npy file (NEP 1), checked so far that its data can be read without surprises.</summary>
/// <param name="Type">Little-endian element type as numpy writes it, without the byte-order mark: f4, f8, i8, u1, b1 ...</param>
/// <param name="ItemSize">Bytes per element.</param>
/// <param name="Shape">C order.</param>
public sealed partial record NpyHeader(string Type, int ItemSize, IReadOnlyList<long> Shape)
{
    const int MaxHeader = 1 << 16;
    static readonly string[] Types = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"];

    public long Elements => Shape.Aggregate(1L, (product, length) => checked(product * length));

    /// <summary>Whether a type, without its byte-order mark, is one of numbers.</summary>
    public static bool IsNumeric(string type) => Types.Contains(type);

    /// <param name="stream">At the start of the .npy; afterwards at the first element.</param>
    /// <param name="total">Bytes of the whole .npy; the shape must account for all of them.</param>
    /// <param name="source">What error messages begin with.</param>
    public static NpyHeader Read(Stream stream, long total, string source)
    {
        Span<byte> start = stackalloc byte[12];
        Fill(stream, start[..8], source);
        if (start[0] != 0x93 || !start[1..6].SequenceEqual("NUMPY"u8))
            throw new InputException($"{source}: not a .npy array.");

        var version = start[6];
        if (version is < 1 or > 3)
            throw new InputException($"{source}: version {version} of the .npy format is not known; versions 1 to 3 are.");
        var lengthBytes = version == 1 ? 2 : 4;
        Fill(stream, start.Slice(8, lengthBytes), source);
        var length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (length > MaxHeader)
            throw new InputException($"{source}: its header claims {length} bytes; numpy writes about 100.");

        var text = new byte[length];
        Fill(stream, text, source);
        var header = Parse(Encoding.Latin1.GetString(text), source);
        header.RequireBytes(total - 8 - lengthBytes - length, source);
        return header;
    }

    /// <summary>The dictionary that numpy writes, such as <c>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (2, 3), }</c>.</summary>
    public static NpyHeader Parse(string text, string source)
    {
        var match = Dictionary().Match(text);
        if (!match.Success)
            throw new InputException($"{source}: its .npy header cannot be read; only plain arrays can, no structured ones.");

        var type = match.Groups["descr"].Value;
        if (type.Contains('O'))
            throw new InputException($"{source}: holds pickled Python objects, which could run code; save it as a plain numeric array.");
        if (match.Groups["fortran"].Value == "True")
            throw new InputException($"{source}: is in Fortran order; save it with numpy.ascontiguousarray.");

        var name = type.TrimStart('<', '|', '=');
        if (type.StartsWith('>') || !Types.Contains(name))
            throw new InputException($"{source}: has element type '{type}'; expected little-endian numbers.");

        var shape = new List<long>();
        foreach (var part in match.Groups["shape"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            shape.Add(long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                ? value
                : throw new InputException($"{source}: has shape ({match.Groups["shape"].Value}), which holds no whole numbers."));
        return new NpyHeader(name, name[1] - '0', shape);
    }

    void RequireBytes(long available, string source)
    {
        long needed;
        try
        {
            needed = checked(Elements * ItemSize);
        }
        catch (OverflowException)
        {
            needed = -1;
        }

        if (needed != available)
            throw new InputException($"{source}: its shape ({string.Join(", ", Shape)}) of {Type} does not fit the {available} bytes of data that follow.");
    }

    static void Fill(Stream stream, Span<byte> destination, string source)
    {
        if (stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false) < destination.Length)
            throw new InputException($"{source}: ends within its header; it is truncated.");
    }

    [GeneratedRegex(
        """^\s*\{\s*'descr'\s*:\s*'(?<descr>[^']{1,16})'\s*,\s*'fortran_order'\s*:\s*(?<fortran>True|False)\s*,\s*'shape'\s*:\s*\((?<shape>[0-9, L]{0,200})\)\s*,?\s*\}\s*$""",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Dictionary();
}
