using System.Buffers.Binary;
using System.Text;
using PretrainCluster.Skeletons.Formats.Npz;

namespace PretrainCluster.Skeletons.Formats.Pickle;

/// <summary>
/// What numpy's pickles call, made as data: <c>dtype</c>, <c>_reconstruct</c> with the state that follows, <c>_frombuffer</c> and <c>scalar</c>
/// (numpy/core/src/multiarray: methods.c, descriptor.c, scalartypes.c.src). A <see cref="FormatException"/> says what is wrong.
/// </summary>
static class PickleNumpy
{
    const int MaxDimensions = 32;

    /// <summary>A dtype; its byte order is known when its state has been set.</summary>
    public sealed class DataType(string name)
    {
        public string Name { get; } = name;

        /// <summary>Characters of a text type (U), otherwise 0.</summary>
        public int Characters => Name[0] == 'U' ? int.Parse(Name.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>An array that waits for its state.</summary>
    public sealed class Blank
    {
        public PickleArray? Array { get; set; }
    }

    public static DataType MakeDataType(object?[] arguments)
    {
        if (arguments is not [string text, ..])
            throw new FormatException("a numpy dtype without its name.");
        var name = text.TrimStart('<', '|', '=');
        if (name.StartsWith('O'))
            throw new FormatException("an array of Python objects, which can be anything; save it as an array of numbers.");
        if (text.StartsWith('>') || !(NpyHeader.IsNumeric(name) || IsText(name)))
            throw new FormatException($"a numpy dtype '{Short(text)}'; little-endian numbers are expected.");
        return new DataType(name);
    }

    public static void SetState(DataType type, object? state)
    {
        if (state is not object?[] { Length: >= 8 } parts || parts[1] is not string order)
            throw new FormatException($"a numpy dtype '{type.Name}' with a state that is none.");
        if (order is not ("<" or "|" or "=") || parts[2] is not null || parts[3] is not null)
            throw new FormatException($"a numpy dtype '{type.Name}' that is structured or big-endian; little-endian numbers are expected.");
    }

    public static Blank MakeBlank(object?[] arguments) =>
        arguments is [PickleGlobal.NdArray, ..] ? new Blank() : throw new FormatException("a subclass of numpy's ndarray; save it as a plain one.");

    public static void SetState(Blank blank, object? state)
    {
        if (blank.Array is not null || state is not object?[] { Length: 5 } parts || parts[3] is not bool fortran)
            throw new FormatException("a numpy array with a state that is none.");
        if (parts[4] is List<object?>)
            throw new FormatException("an array of Python objects, which can be anything; save it as an array of numbers.");
        blank.Array = MakeArray(parts[4], parts[2], parts[1], fortran);
    }

    public static PickleArray MakeFromBuffer(object?[] arguments) =>
        arguments is [var data, var type, var shape, "C" or "F"]
            ? MakeArray(data, type, shape, arguments[3] is "F")
            : throw new FormatException("a numpy array whose data stands outside the pickle or in no known order.");

    public static object MakeScalar(object?[] arguments, Func<PickleBytes, byte[]> read)
    {
        if (arguments is not [DataType type, var data] || Bytes(data) is not { } bytes)
            throw new FormatException("a numpy number without its type or its bytes.");
        var size = type.Characters > 0 ? 4 * type.Characters : new NpyHeader(type.Name, type.Name[1] - '0', []).ItemSize;
        if (!bytes.Fits(size))
            throw new FormatException($"a numpy number of type {type.Name} with another number of bytes.");
        var raw = read(bytes);
        if (raw.Length != size)
            throw new FormatException($"a numpy number of type {type.Name} with another number of bytes.");
        return type.Name switch
        {
            "b1" => raw[0] != 0,
            "f2" => (double)BinaryPrimitives.ReadHalfLittleEndian(raw),
            "f4" => (double)BinaryPrimitives.ReadSingleLittleEndian(raw),
            "f8" => BinaryPrimitives.ReadDoubleLittleEndian(raw),
            "i1" => (long)(sbyte)raw[0],
            "i2" => (long)BinaryPrimitives.ReadInt16LittleEndian(raw),
            "i4" => (long)BinaryPrimitives.ReadInt32LittleEndian(raw),
            "i8" => BinaryPrimitives.ReadInt64LittleEndian(raw),
            "u1" => (long)raw[0],
            "u2" => (long)BinaryPrimitives.ReadUInt16LittleEndian(raw),
            "u4" => (long)BinaryPrimitives.ReadUInt32LittleEndian(raw),
            "u8" => BinaryPrimitives.ReadUInt64LittleEndian(raw) is <= (ulong)long.MaxValue and var value ? (long)value : throw new FormatException("a number beyond 64 bits."),
            _ => Encoding.UTF32.GetString(raw).TrimEnd('\0'),
        };
    }

    static PickleArray MakeArray(object? data, object? type, object? shape, bool fortran)
    {
        if (type is not DataType { Characters: 0 } element)
            throw new FormatException("an array of text; arrays of numbers are expected.");
        if (shape is not object?[] { Length: <= MaxDimensions } lengths || lengths.Any(length => length is not (long and >= 0)) || Bytes(data) is not { } bytes)
            throw new FormatException("a numpy array without its shape or its data.");
        var header = new NpyHeader(element.Name, element.Name[1] - '0', [.. lengths.Cast<long>()]);
        var needed = (Int128)header.ItemSize;
        foreach (var length in header.Shape)
            needed = needed > long.MaxValue ? needed : needed * length;
        if (needed > long.MaxValue || !bytes.Fits((long)needed))
            throw new FormatException($"a numpy array of shape ({string.Join(", ", header.Shape)}) of {element.Name}, which its {bytes.Length} bytes of data do not fit.");
        return new PickleArray(header, fortran, bytes);
    }

    /// <summary>The bytes that were meant, or null: Python 2 has them as text of one character a byte.</summary>
    static PickleBytes? Bytes(object? value) => value switch
    {
        PickleBytes bytes => bytes,
        string text when text.All(letter => letter <= 0xFF) => new PickleBytes(0, text.Length) { Content = Encoding.Latin1.GetBytes(text) },
        _ => null,
    };

    static bool IsText(string name) => name.Length is > 1 and < 5 && name[0] == 'U' && name.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0 && name[1] != '0';

    static string Short(string text) => text.Length > 20 ? text[..20] + "…" : text;
}
