using System.Buffers.Binary;
using System.Text.Json;

namespace PretrainCluster.Artifacts.SafeTensors;

/// <summary>
/// The header of a safetensors file: eight bytes of length, then JSON. Read as the format's specification has it and stricter than its
/// reference: no unknown key, no key twice, no hole and no overlap in the data.
/// </summary>
sealed record SafeTensorsHeader(OrderedDictionary<string, TensorInfo> Tensors, Dictionary<string, string> Metadata, long DataStart)
{
    public const int PrefixBytes = 8;
    public const int MaxBytes = 100_000_000;
    const int MaxRank = 32;
    const string MetadataKey = "__metadata__";

    /// <summary>Length of the JSON, checked against the bound and the file.</summary>
    /// <exception cref="FormatException">What is wrong.</exception>
    public static int ReadLength(ReadOnlySpan<byte> prefix, long fileBytes)
    {
        if (prefix.Length < PrefixBytes)
            throw new FormatException($"{fileBytes} bytes are too few for a header");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxBytes)
            throw new FormatException($"its first eight bytes ask for a header of {length} bytes, the format allows {MaxBytes}");
        if (length < 2)
            throw new FormatException($"its header has {length} bytes");
        if ((long)length > fileBytes - PrefixBytes)
            throw new FormatException($"it is cut short: the header has {length} bytes, the file {fileBytes}");
        return (int)length;
    }

    /// <exception cref="FormatException">What is wrong.</exception>
    public static SafeTensorsHeader Parse(ReadOnlySpan<byte> json, long fileBytes)
    {
        if (json[0] != (byte)'{')
            throw new FormatException("its header is not a JSON object");
        var dataBytes = fileBytes - PrefixBytes - json.Length;
        var tensors = new List<TensorInfo>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        Dictionary<string, string>? metadata = null;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                if (!names.Add(name))
                    throw new FormatException($"its header has {Quote(name)} twice");
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartObject)
                    throw new FormatException($"{Quote(name)} in its header is not an object");
                if (name == MetadataKey)
                    metadata = ReadMetadata(ref reader);
                else
                    tensors.Add(ReadTensor(ref reader, name, dataBytes));
            }
            if (reader.Read())
                throw new FormatException("its header goes on after the JSON object");
        }
        catch (Exception damaged) when (damaged is JsonException or InvalidOperationException)
        {
            throw new FormatException($"its header is not valid JSON ({damaged.Message})", damaged);
        }
        return new(Arrange(tensors, dataBytes), metadata ?? [], PrefixBytes + json.Length);
    }

    static Dictionary<string, string> ReadMetadata(ref Utf8JsonReader reader)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw new FormatException($"metadata {Quote(key)} is not a string");
            if (!metadata.TryAdd(key, reader.GetString()!))
                throw new FormatException($"metadata {Quote(key)} is there twice");
        }
        return metadata;
    }

    static TensorInfo ReadTensor(ref Utf8JsonReader reader, string name, long dataBytes)
    {
        TensorType? type = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString();
            reader.Read();
            switch (key)
            {
                case "dtype" when type is null && reader.TokenType == JsonTokenType.String:
                    var code = reader.GetString()!;
                    type = TensorTypes.FromCode(code) ?? throw new FormatException($"tensor {Quote(name)} has the type {Quote(code)}, which is not supported");
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, name, MaxRank);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, name, 2);
                    break;
                default:
                    throw new FormatException($"tensor {Quote(name)} has {Quote(key!)} twice, of the wrong kind, or where the format has no such key");
            }
        }
        if (type is null || shape is null || offsets is null)
            throw new FormatException($"tensor {Quote(name)} lacks dtype, shape or data_offsets");
        if (offsets is not [var begin, var end] || begin > end || end > dataBytes)
            throw new FormatException($"tensor {Quote(name)} lies outside the file's {dataBytes} bytes of data (the file may be cut short)");
        if (TensorInfo.CountBytes(type.Value, shape) != end - begin)
            throw new FormatException($"tensor {Quote(name)} of shape [{string.Join(", ", shape)}] and type {type.Value.Code()} does not fill its {end - begin} bytes");
        return new(name, type.Value, shape, begin, end - begin);
    }

    static List<long> ReadNumbers(ref Utf8JsonReader reader, string name, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new FormatException($"tensor {Quote(name)}: shape and data_offsets are lists of numbers");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0 || numbers.Count == most)
                throw new FormatException($"tensor {Quote(name)}: at most {most} whole numbers from 0 are expected in shape or data_offsets");
            numbers.Add(number);
        }
        return numbers;
    }

    static OrderedDictionary<string, TensorInfo> Arrange(List<TensorInfo> tensors, long dataBytes)
    {
        var arranged = new OrderedDictionary<string, TensorInfo>(tensors.Count, StringComparer.Ordinal);
        long position = 0;
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.Bytes))
        {
            if (tensor.Offset != position)
                throw new FormatException($"tensor {Quote(tensor.Name)} starts at byte {tensor.Offset} of the data where {position} was expected: tensors overlap or leave a hole");
            position += tensor.Bytes;
            arranged.Add(tensor.Name, tensor);
        }
        return position == dataBytes ? arranged
            : throw new FormatException($"it has {dataBytes} bytes of data, its header describes {position}");
    }

    internal static string Quote(string text) => $"'{(text.Length <= 100 ? text : text[..100] + "…")}'";
}

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">its name in the header</param>
/// <param name="Type">type of its elements, little-endian</param>
/// <param name="Shape">row-major; empty for a scalar</param>
/// <param name="Offset">first byte, counted from the start of the data section</param>
/// <param name="Bytes">length in bytes; 0 where a dimension is 0</param>
public sealed record TensorInfo(string Name, TensorType Type, IReadOnlyList<long> Shape, long Offset, long Bytes)
{
    public long Elements => Bytes / Type.Size();

    /// <summary>Bytes of a tensor, or null where they do not fit 63 bits or a dimension is negative.</summary>
    internal static long? CountBytes(TensorType type, IReadOnlyList<long> shape)
    {
        var bytes = (UInt128)type.Size();
        var empty = false;
        foreach (var dimension in shape)
        {
            if (dimension < 0)
                return null;
            empty |= dimension == 0;
            bytes *= (UInt128)(empty ? 1 : dimension);
            if (bytes > long.MaxValue)
                return null;
        }
        return empty ? 0 : (long)bytes;
    }
}

/// <summary>Element types of a safetensors file that this project reads and writes.</summary>
public enum TensorType
{
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U8,
    Bool,
}

/// <summary>Sizes and names of <see cref="TensorType"/> as the format has them.</summary>
public static class TensorTypes
{
    /// <summary>Bytes per element.</summary>
    public static int Size(this TensorType type) => type switch
    {
        TensorType.F64 or TensorType.I64 => 8,
        TensorType.F32 or TensorType.I32 => 4,
        TensorType.F16 or TensorType.BF16 or TensorType.I16 => 2,
        TensorType.I8 or TensorType.U8 or TensorType.Bool => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>The name in the header, e.g. "F32", "BOOL".</summary>
    public static string Code(this TensorType type) => type == TensorType.Bool ? "BOOL" : type.ToString();

    internal static TensorType? FromCode(string code) => code switch
    {
        "F64" => TensorType.F64,
        "F32" => TensorType.F32,
        "F16" => TensorType.F16,
        "BF16" => TensorType.BF16,
        "I64" => TensorType.I64,
        "I32" => TensorType.I32,
        "I16" => TensorType.I16,
        "I8" => TensorType.I8,
        "U8" => TensorType.U8,
        "BOOL" => TensorType.Bool,
        _ => null,
    };

    /// <summary>Whether elements of this type are read as <typeparamref name="T"/>: BF16 as <c>ushort</c>, Bool as <c>byte</c>, and anything as its raw bytes.</summary>
    internal static bool IsReadAs<T>(this TensorType type) where T : unmanaged => type switch
    {
        _ when typeof(T) == typeof(byte) => true,
        TensorType.F64 => typeof(T) == typeof(double),
        TensorType.F32 => typeof(T) == typeof(float),
        TensorType.F16 => typeof(T) == typeof(Half) || typeof(T) == typeof(ushort),
        TensorType.BF16 => typeof(T) == typeof(ushort),
        TensorType.I64 => typeof(T) == typeof(long),
        TensorType.I32 => typeof(T) == typeof(int),
        TensorType.I16 => typeof(T) == typeof(short),
        TensorType.I8 => typeof(T) == typeof(sbyte),
        _ => false,
    };
}
