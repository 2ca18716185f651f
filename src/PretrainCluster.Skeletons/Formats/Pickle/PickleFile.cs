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
