using Microsoft.Win32.SafeHandles;
using PretrainCluster.Artifacts.Files;
using PretrainCluster.Skeletons.Formats.Npz;

namespace PretrainCluster.Skeletons.Formats.Pickle;

/// <summary>A pickle of plain data. Nothing in it is ever executed; its arrays stay in the file until they are read.</summary>
public sealed class PickleFile : IDisposable
{
    /// <summary>A bound for one array that is read whole.</summary>
    const int MaxElements = 1 << 26;

    readonly FileStream _stream;

    PickleFile(string path)
    {
        Path = path;
        _stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
    }

    public string Path { get; }

    /// <summary>null, bool, long, double, string, List&lt;object?&gt;, object?[] (a tuple), Dictionary&lt;object, object?&gt;, <see cref="PickleBytes"/> or <see cref="PickleArray"/>.</summary>
    public object? Root { get; private set; }

    /// <exception cref="InputException">It is no pickle of protocol 2 to 5, is damaged, or wants to call something.</exception>
    public static PickleFile Open(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: no such file.");
        var file = new PickleFile(path);
        try
        {
            file.Root = new PickleReader(file._stream, path).Read();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>All elements of an array, the last index running fastest.</summary>
    /// <param name="array">One of this pickle.</param>
    /// <param name="source">What error messages begin with.</param>
    /// <exception cref="InputException">The array is too large, or its data is damaged.</exception>
    public float[] Read(PickleArray array, string source)
    {
        if (array.Header.Elements > MaxElements)
            throw new InputException($"{source}: has {array.Header.Elements} elements; more than {MaxElements} cannot be one clip.");
        var values = new double[array.Header.Elements];
        using (var elements = new NpyArray(Open(array.Data, source), array.Header, source))
        {
            elements.Read(values);
            elements.Finish();
        }

        var result = new float[values.Length];
        var (shape, index) = (array.Header.Shape, new long[array.Header.Shape.Count]);
        for (var i = 0; i < values.Length; i++)
        {
            result[i] = (float)values[array.Fortran ? FortranOffset(shape, index) : i];
            for (var dimension = shape.Count - 1; array.Fortran && dimension >= 0 && ++index[dimension] == shape[dimension]; dimension--)
                index[dimension] = 0;
        }

        return result;
    }

    public void Dispose() => _stream.Dispose();

    static long FortranOffset(IReadOnlyList<long> shape, long[] index)
    {
        var offset = 0L;
        for (var dimension = shape.Count - 1; dimension >= 0; dimension--)
            offset = (offset * shape[dimension]) + index[dimension];
        return offset;
    }

    Stream Open(PickleBytes bytes, string source)
    {
        if (bytes.Content is { } content)
            return new MemoryStream(content);
        var slice = new FileSlice(_stream.SafeFileHandle, bytes.Offset, bytes.Length);
        return bytes.Utf8 ? new Latin1Stream(slice, source) : slice;
    }
}

/// <summary>A stretch of a file, read by position.</summary>
sealed class FileSlice(SafeFileHandle file, long offset, long length) : ForwardStream
{
    long _read;

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        var count = RandomAccess.Read(file, buffer[..(int)Math.Min(buffer.Length, length - _read)], offset + _read);
        _read += count;
        return count;
    }
}

/// <summary>Bytes that were written as the UTF-8 of their Latin-1 characters.</summary>
sealed class Latin1Stream(Stream utf8, string source) : ForwardStream
{
    readonly byte[] _buffer = new byte[1 << 14];
    int _start;
    int _end;

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        var count = 0;
        while (count < buffer.Length && Next() is >= 0 and var first)
        {
            if (first < 0x80)
                buffer[count++] = (byte)first;
            else if (first is 0xC2 or 0xC3 && Next() is >= 0x80 and < 0xC0 and var second)
                buffer[count++] = (byte)(((first & 3) << 6) | (second & 0x3F));
            else
                throw new InputException($"{source}: its data is no Latin-1 text, as protocol 2 writes bytes; the file is damaged.");
        }

        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            utf8.Dispose();
        base.Dispose(disposing);
    }

    int Next()
    {
        if (_start == _end)
            (_start, _end) = (0, utf8.Read(_buffer));
        return _start < _end ? _buffer[_start++] : -1;
    }
}

/// <summary>A numpy array in a pickle.</summary>
/// <param name="Header">Element type and shape.</param>
/// <param name="Fortran">Whether the first index runs fastest.</param>
/// <param name="Data">Exactly as many bytes as the header needs.</param>
public sealed record PickleArray(NpyHeader Header, bool Fortran, PickleBytes Data);
