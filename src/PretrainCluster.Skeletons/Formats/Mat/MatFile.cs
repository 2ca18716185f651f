using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace PretrainCluster.Skeletons.Formats.Mat;

/// <summary>
/// One numeric array out of a MAT-file of level 5 (MathWorks, "MAT-File Format"), as <c>save</c> and scipy's savemat write it: little-endian,
/// compressed (zlib) or not, the numbers stored in whatever type is shortest. Of NuGet's readers none could be had, and skeletons need this small part alone.
/// </summary>
public static class MatFile
{
    const int HeaderBytes = 128;
    const int TagBytes = 8;

    /// <summary>A variable's flags, shape (32 dimensions) and name (63 characters) fit in it with room to spare.</summary>
    const int MaxVariableHeader = 1024;
    const int MaxDimensions = 32;
    const int FirstNumericClass = 6, LastNumericClass = 15;
    const uint Complex = 0x0800;

    /// <param name="file">The whole file.</param>
    /// <param name="variable">The array's name, such as d_skel.</param>
    /// <param name="maxElements">A larger array is refused before anything is allocated for it.</param>
    /// <param name="source">What error messages begin with.</param>
    /// <exception cref="InputException">It is no such file, has no such array, or contradicts itself.</exception>
    public static MatArray Read(byte[] file, string variable, int maxElements, string source)
    {
        CheckHeader(file, source);
        var others = new List<string>();
        for (var offset = HeaderBytes; offset < file.Length;)
        {
            var (type, start, length) = ReadTag(file, offset, file.Length, source);
            var content = file.AsMemory(start, length);
            var found = type switch
            {
                MatType.Compressed => Inflate(content, variable, maxElements, others, source),
                MatType.Matrix => Find(content.Span, length, variable, others, source) is { } header ? Numbers(content.Span, header, maxElements, source) : null,
                _ => null,
            };
            if (found is not null)
                return found;
            offset = start + (type == MatType.Compressed ? length : Padded(length));
        }

        throw new InputException($"{source}: holds no variable '{variable}'; it has {(others.Count == 0 ? "none" : string.Join(", ", others.Take(20)))}.");
    }

    static void CheckHeader(ReadOnlySpan<byte> file, string source)
    {
        if (file.StartsWith("MATLAB 7.3"u8))
            throw new InputException($"{source}: is a MATLAB 7.3 file, which is HDF5; save it again with save(..., '-v7').");
        if (file.Length < HeaderBytes)
            throw new InputException($"{source}: has {file.Length} bytes; the header of a MATLAB file alone has {HeaderBytes}.");
        if (file[126..HeaderBytes].SequenceEqual("MI"u8))
            throw new InputException($"{source}: is a big-endian MATLAB file; save it again on this kind of machine.");
        if (!file[126..HeaderBytes].SequenceEqual("IM"u8) || BinaryPrimitives.ReadUInt16LittleEndian(file[124..]) != 0x0100)
            throw new InputException($"{source}: is no MATLAB file of level 5 (as save -v6 and -v7 write).");
    }

    static MatArray? Inflate(ReadOnlyMemory<byte> content, string variable, int maxElements, List<string> others, string source)
    {
        MemoryMarshal.TryGetArray(content, out var compressed);
        using var zlib = new ZLibStream(new MemoryStream(compressed.Array!, compressed.Offset, compressed.Count), CompressionMode.Decompress);
        try
        {
            var tag = new byte[TagBytes];
            Fill(zlib, tag, source);
            if (BinaryPrimitives.ReadUInt32LittleEndian(tag) != (uint)MatType.Matrix)
                throw new InputException($"{source}: a compressed element holds something else than an array.");
            var length = BinaryPrimitives.ReadUInt32LittleEndian(tag.AsSpan(4));
            var head = new byte[Math.Min(length, MaxVariableHeader)];
            Fill(zlib, head, source);
            if (Find(head, length, variable, others, source) is not { } header)
                return null;

            // Eight bytes a number at most: what claims more is refused before it is inflated.
            if (length > header.Bytes + TagBytes + (8L * maxElements))
                throw new InputException($"{source}: '{variable}' claims to inflate to {length} bytes; more than {maxElements} numbers cannot be right.");
            var whole = new byte[length];
            head.CopyTo(whole, 0);
            Fill(zlib, whole.AsSpan(head.Length), source);
            // The checksum is compared at the end of the stream.
            if (zlib.ReadByte() >= 0)
                throw new InputException($"{source}: '{variable}' inflates to more than the {length} bytes that it claims.");
            return Numbers(whole, header, maxElements, source);
        }
        catch (InvalidDataException damaged)
        {
            throw new InputException($"{source}: the compressed data is damaged ({damaged.Message}).", damaged);
        }
    }

    /// <summary>The variable's header if it is the one that is wanted; otherwise its name joins <paramref name="others"/>.</summary>
    /// <param name="content">A matrix element after its tag, or its beginning.</param>
    /// <param name="length">Of the whole element.</param>
    static VariableHeader? Find(ReadOnlySpan<byte> content, long length, string variable, List<string> others, string source)
    {
        var (flagsType, flagsStart, flagsLength) = ReadTag(content, 0, length, source);
        if (flagsType != MatType.UInt32 || flagsLength != 8)
            throw new InputException($"{source}: an array begins without its flags; the file is damaged.");
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(content[flagsStart..]);

        var (shapeType, shapeStart, shapeLength) = ReadTag(content, flagsStart + 8, length, source);
        if (shapeType != MatType.Int32 || shapeLength % 4 != 0 || shapeLength / 4 is < 2 or > MaxDimensions || shapeStart + shapeLength > content.Length)
            throw new InputException($"{source}: an array has no readable shape; the file is damaged.");
        var shape = MemoryMarshal.Cast<byte, int>(content.Slice(shapeStart, shapeLength)).ToArray();

        var (nameType, nameStart, nameLength) = ReadTag(content, End(shapeStart, shapeLength), length, source);
        if (nameType != MatType.Int8 || nameStart + nameLength > content.Length)
            throw new InputException($"{source}: an array has no readable name; the file is damaged.");
        var name = Encoding.ASCII.GetString(content.Slice(nameStart, nameLength));
        if (name != variable)
        {
            others.Add(name);
            return null;
        }

        if ((flags & 0xFF) is < FirstNumericClass or > LastNumericClass || (flags & Complex) != 0)
            throw new InputException($"{source}: '{variable}' is no array of real numbers.");
        return new VariableHeader(variable, shape, End(nameStart, nameLength));
    }

    static MatArray Numbers(ReadOnlySpan<byte> content, VariableHeader header, int maxElements, string source)
    {
        var elements = 1L;
        foreach (var length in header.Shape)
            elements = length < 0 || elements > maxElements ? long.MaxValue : elements * length;
        if (elements > maxElements)
            throw new InputException($"{source}: '{header.Name}' claims to be {Shape(header)}; more than {maxElements} numbers cannot be right.");

        var (type, start, bytes) = ReadTag(content, header.Bytes, content.Length, source);
        var size = Size(type, source);
        if (elements * size != bytes)
            throw new InputException($"{source}: '{header.Name}' claims to be {Shape(header)}, which is {elements} numbers; {bytes / size} follow.");
        var raw = content.Slice(start, bytes);
        var values = new double[elements];
        switch (type)
        {
            case MatType.Int8: Convert<sbyte>(raw, values, value => value); break;
            case MatType.UInt8: Convert<byte>(raw, values, value => value); break;
            case MatType.Int16: Convert<short>(raw, values, value => value); break;
            case MatType.UInt16: Convert<ushort>(raw, values, value => value); break;
            case MatType.Int32: Convert<int>(raw, values, value => value); break;
            case MatType.UInt32: Convert<uint>(raw, values, value => value); break;
            case MatType.Single: Convert<float>(raw, values, value => value); break;
            case MatType.Int64: Convert<long>(raw, values, value => value); break;
            case MatType.UInt64: Convert<ulong>(raw, values, value => value); break;
            default: Convert<double>(raw, values, value => value); break;
        }

        return new MatArray(header.Shape, values);
    }

    static int Size(MatType type, string source) => type switch
    {
        MatType.Int8 or MatType.UInt8 => 1,
        MatType.Int16 or MatType.UInt16 => 2,
        MatType.Int32 or MatType.UInt32 or MatType.Single => 4,
        MatType.Double or MatType.Int64 or MatType.UInt64 => 8,
        _ => throw new InputException($"{source}: an array's numbers are of type {(uint)type}, which is none; the file is damaged."),
    };

    static void Convert<T>(ReadOnlySpan<byte> raw, double[] values, Func<T, double> convert)
        where T : unmanaged
    {
        var stored = MemoryMarshal.Cast<byte, T>(raw);
        for (var i = 0; i < values.Length; i++)
            values[i] = convert(stored[i]);
    }

    /// <summary>An element's tag: eight bytes, or four with up to four bytes of content behind them.</summary>
    /// <param name="content">Holds the tag at least.</param>
    /// <param name="limit">Where the element must have ended.</param>
    static (MatType Type, int Start, int Length) ReadTag(ReadOnlySpan<byte> content, int offset, long limit, string source)
    {
        if (content.Length - offset < TagBytes)
            throw Truncated(source);
        var first = BinaryPrimitives.ReadUInt32LittleEndian(content[offset..]);
        var small = first >> 16;
        var (type, start, length) = small != 0
            ? ((MatType)(first & 0xFFFF), offset + 4, small)
            : ((MatType)first, offset + TagBytes, BinaryPrimitives.ReadUInt32LittleEndian(content[(offset + 4)..]));
        if ((small != 0 && small > 4) || length > limit - start)
            throw new InputException($"{source}: an element at byte {offset} claims {length} bytes, {limit - start} are left; the file is truncated or damaged.");
        return (type, start, (int)length);
    }

    /// <summary>Content ends on a multiple of eight bytes, tag included.</summary>
    static int End(int start, int length) => Padded(start + length);

    static int Padded(int length) => (int)Math.Min(int.MaxValue, (length + 7L) & ~7L);

    static string Shape(VariableHeader header) => string.Join(" x ", header.Shape);

    static void Fill(ZLibStream zlib, Span<byte> destination, string source)
    {
        if (zlib.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false) < destination.Length)
            throw Truncated(source);
    }

    static InputException Truncated(string source) => new($"{source}: ends within an element; it is truncated.");

    /// <param name="Name">The variable's.</param>
    /// <param name="Shape">As the file says.</param>
    /// <param name="Bytes">How many the header has, from the start of the matrix element's content.</param>
    sealed record VariableHeader(string Name, int[] Shape, int Bytes);
}

/// <summary>What a data element holds (table 1-1 of "MAT-File Format").</summary>
enum MatType : uint
{
    Int8 = 1,
    UInt8 = 2,
    Int16 = 3,
    UInt16 = 4,
    Int32 = 5,
    UInt32 = 6,
    Single = 7,
    Double = 9,
    Int64 = 12,
    UInt64 = 13,
    Matrix = 14,
    Compressed = 15,
}

/// <summary>A numeric array of MATLAB.</summary>
/// <param name="Shape">At least two lengths; MATLAB drops a last one that is 1.</param>
/// <param name="Values">Column-major: the first index runs fastest.</param>
public sealed record MatArray(IReadOnlyList<int> Shape, double[] Values);
