using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PretrainCluster.Artifacts.SafeTensors;

/// <summary>A tensor to be written.</summary>
/// <param name="Shape">row-major; a dimension may be 0</param>
public sealed record TensorDeclaration(string Name, TensorType Type, IReadOnlyList<long> Shape);

/// <summary>
/// Writes a safetensors file front to back: the tensors are declared first, then their data follows in the same order, in pieces of any size.
/// A file appears under its name only with <see cref="Complete"/>.
/// </summary>
public sealed class SafeTensorsWriter : IDisposable
{
    readonly AtomicFile? _file;
    readonly Stream _stream;
    readonly (string Name, TensorType Type, long Bytes)[] _tensors;
    int _current = -1;
    long _remaining;

    /// <summary>Writes a file, atomically.</summary>
    /// <inheritdoc cref="SafeTensorsWriter(Stream, IEnumerable{TensorDeclaration}, IReadOnlyDictionary{string, string})"/>
    public SafeTensorsWriter(string path, IEnumerable<TensorDeclaration> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        (_tensors, var header) = Arrange(tensors, metadata);
        _file = new AtomicFile(path);
        _stream = _file.Stream;
        Put(header);
        Advance();
    }

    /// <summary>Writes to a stream, which stays open.</summary>
    /// <param name="stream">only written to, never sought</param>
    /// <param name="tensors">
    /// in the order of their data; those of wider elements come first, because the format has no padding and a reader maps the data where it lies
    /// </param>
    /// <param name="metadata">free text for the header</param>
    public SafeTensorsWriter(Stream stream, IEnumerable<TensorDeclaration> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        (_tensors, var header) = Arrange(tensors, metadata);
        _stream = stream;
        Put(header);
        Advance();
    }

    /// <summary>Writes a whole file at once, atomically, wider elements first.</summary>
    public static void WriteFile(
        string path,
        IEnumerable<(string Name, TensorType Type, long[] Shape, ReadOnlyMemory<byte> Data)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = tensors.OrderByDescending(tensor => tensor.Type.Size()).ToArray();
        using var writer = new SafeTensorsWriter(path, ordered.Select(tensor => new TensorDeclaration(tensor.Name, tensor.Type, tensor.Shape)), metadata);
        foreach (var (name, _, _, data) in ordered)
            writer.Write(name, data.Span);
        writer.Complete();
    }

    /// <summary>Appends to the tensor <paramref name="name"/>, which must be the first that still lacks data.</summary>
    /// <param name="data">elements in row-major order, little-endian; <c>byte</c> for raw bytes of any type</param>
    public void Write<T>(string name, ReadOnlySpan<T> data) where T : unmanaged
    {
        if (data.IsEmpty)
            return;
        if (_current == _tensors.Length || _tensors[_current].Name != name)
            throw new InvalidOperationException(_current == _tensors.Length ? $"Tensor {name} gets data after all tensors are whole."
                : $"Tensor {name} gets data before {_tensors[_current].Name} is whole.");
        if (!_tensors[_current].Type.IsReadAs<T>())
            throw new InvalidOperationException($"Tensor {name} is {_tensors[_current].Type.Code()}, not {typeof(T).Name}.");
        var bytes = MemoryMarshal.AsBytes(data);
        if (bytes.Length > _remaining)
            throw new InvalidOperationException($"Tensor {name} gets more data than its shape holds.");
        Put(bytes);
        _remaining -= bytes.Length;
        Advance();
    }

    /// <summary>Ends the file; under its name it exists from here on.</summary>
    public void Complete()
    {
        if (_current < _tensors.Length)
            throw new InvalidOperationException($"Tensor {_tensors[_current].Name} lacks {_remaining} bytes of data.");
        if (_file is null)
            _stream.Flush();
        else
            _file.Commit();
    }

    public void Dispose() => _file?.Dispose();

    void Put(ReadOnlySpan<byte> bytes)
    {
        if (_file is null)
            _stream.Write(bytes);
        else
            _file.Write(bytes);
    }

    void Advance()
    {
        while (_remaining == 0 && _current < _tensors.Length)
        {
            if (++_current < _tensors.Length)
                _remaining = _tensors[_current].Bytes;
        }
    }

    static ((string, TensorType, long)[] Tensors, byte[] Header) Arrange(IEnumerable<TensorDeclaration> declared, IReadOnlyDictionary<string, string>? metadata)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("safetensors is little-endian, this machine is not.");
        var tensors = new List<(string, TensorType, long)>();
        var names = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Advance(Prefix(buffer));
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata)
                    json.WriteString(key, value);
                json.WriteEndObject();
            }
            long position = 0;
            var width = int.MaxValue;
            foreach (var (name, type, shape) in declared)
            {
                if (!names.Add(name))
                    throw new ArgumentException($"Tensor name {name} is taken.", nameof(declared));
                if (type.Size() > width)
                    throw new ArgumentException($"Tensor {name} of type {type.Code()} follows one of narrower elements; declare wider elements first.", nameof(declared));
                width = type.Size();
                var bytes = TensorInfo.CountBytes(type, shape) ?? throw new ArgumentException($"Tensor {name} has an impossible shape.", nameof(declared));
                tensors.Add((name, type, bytes));
                json.WriteStartObject(name);
                json.WriteString("dtype", type.Code());
                WriteNumbers(json, "shape", shape);
                WriteNumbers(json, "data_offsets", [position, position = checked(position + bytes)]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        var padding = -buffer.WrittenCount & 7;
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        var header = buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - SafeTensorsHeader.PrefixBytes);
        return header.Length - SafeTensorsHeader.PrefixBytes <= SafeTensorsHeader.MaxBytes ? (tensors.ToArray(), header)
            : throw new ArgumentException("The header is longer than the format allows.", nameof(declared));
    }

    static int Prefix(ArrayBufferWriter<byte> buffer)
    {
        buffer.GetSpan(SafeTensorsHeader.PrefixBytes)[..SafeTensorsHeader.PrefixBytes].Clear();
        return SafeTensorsHeader.PrefixBytes;
    }

    static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
