using System.IO.MemoryMappedFiles;

namespace PretrainCluster.Artifacts.SafeTensors;

/// <summary>
/// A safetensors file, memory-mapped and read without copying. Reading is safe from many threads; a span must not be used after
/// <see cref="Dispose"/>. The format: https://github.com/huggingface/safetensors.
/// </summary>
public sealed unsafe class SafeTensorsFile : IDisposable
{
    readonly MemoryMappedFile _file;
    readonly MemoryMappedViewAccessor _view;
    readonly SafeTensorsHeader _header;
    byte* _start;

    SafeTensorsFile(string path)
    {
        Path = path;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1);
        var length = stream.Length;
        if (length < SafeTensorsHeader.PrefixBytes)
            throw new FormatException($"{length} bytes are too few for a header");
        _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
        try
        {
            var json = SafeTensorsHeader.ReadLength(new ReadOnlySpan<byte>(_start, SafeTensorsHeader.PrefixBytes), length);
            _header = SafeTensorsHeader.Parse(new ReadOnlySpan<byte>(_start + SafeTensorsHeader.PrefixBytes, json), length);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <exception cref="InputException">The file cannot be opened or is not a sound safetensors file; the message names it and the reason.</exception>
    public static SafeTensorsFile Open(string path)
    {
        try
        {
            return new(path);
        }
        catch (FormatException unsound)
        {
            throw new InputException($"{path} is not a sound safetensors file: {unsound.Message}.", unsound);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path} does not exist.", missing);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new InputException($"{path} cannot be opened: it is a folder, or there is no permission to read it.", denied);
        }
    }

    public string Path { get; }

    /// <summary>Tensors by name, in the order of their data.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _header.Tensors;

    /// <summary>The header's free text, empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Bytes of the file before its data section.</summary>
    public long DataStart => _header.DataStart;

    /// <summary>A tensor's description, checked against what a model needs.</summary>
    /// <exception cref="InputException">There is no such tensor, or it has another type or shape.</exception>
    public TensorInfo Expect(string name, TensorType type, params ReadOnlySpan<long> shape)
    {
        if (!_header.Tensors.TryGetValue(name, out var tensor))
            throw new InputException($"{Path} has no tensor {SafeTensorsHeader.Quote(name)}.");
        return tensor.Type == type && shape.SequenceEqual(tensor.Shape.ToArray()) ? tensor
            : throw new InputException($"{Path}: tensor {SafeTensorsHeader.Quote(name)} is {tensor.Type.Code()} [{string.Join(", ", tensor.Shape)}], {type.Code()} [{string.Join(", ", shape.ToArray())}] is expected.");
    }

    /// <summary>A whole tensor, row-major. BF16 is read as <c>ushort</c>, Bool as <c>byte</c>, and any type as its raw bytes with <c>byte</c>.</summary>
    /// <exception cref="InputException">There is no such tensor, or it is of another type.</exception>
    public ReadOnlySpan<T> Read<T>(string name) where T : unmanaged
    {
        var tensor = Find<T>(name);
        var count = tensor.Bytes / sizeof(T);
        return count <= int.MaxValue ? Window<T>(tensor, 0, (int)count)
            : throw new InputException($"{Path}: tensor {SafeTensorsHeader.Quote(name)} has {count} elements, too many to read at once.");
    }

    /// <summary><paramref name="count"/> elements of a tensor in row-major order, from element <paramref name="start"/>.</summary>
    /// <exception cref="InputException">There is no such tensor, or it is of another type.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The elements are not all inside the tensor.</exception>
    public ReadOnlySpan<T> Read<T>(string name, long start, int count) where T : unmanaged
    {
        var tensor = Find<T>(name);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, tensor.Bytes / sizeof(T) - count);
        return Window<T>(tensor, start, count);
    }

    TensorInfo Find<T>(string name) where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        if (!_header.Tensors.TryGetValue(name, out var tensor))
            throw new InputException($"{Path} has no tensor {SafeTensorsHeader.Quote(name)}.");
        return tensor.Type.IsReadAs<T>() ? tensor
            : throw new InputException($"{Path}: tensor {SafeTensorsHeader.Quote(name)} is {tensor.Type.Code()}, which is not read as {typeof(T).Name}.");
    }

    ReadOnlySpan<T> Window<T>(TensorInfo tensor, long start, int count) where T : unmanaged =>
        new(_start + DataStart + tensor.Offset + start * sizeof(T), count);

    public void Dispose()
    {
        if (_start is null)
            return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
