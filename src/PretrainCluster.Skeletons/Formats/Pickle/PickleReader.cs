using System.Buffers.Binary;
using System.Text;

namespace PretrainCluster.Skeletons.Formats.Pickle;

/// <summary>
/// The pickle machine (Lib/pickletools.py of CPython, protocols 2 to 5), as far as plain data needs it: dict, list, tuple, text, bytes, numbers, True, False,
/// None and numpy's arrays and numbers. It has no way to call anything: whatever a pickle names beyond <see cref="PickleGlobals"/> ends the reading.
/// Memory grows with the number of objects, which is bounded, and not with the lengths that the file claims. No package that does this could be had.
/// </summary>
sealed class PickleReader(FileStream stream, string source)
{
    const int MaxObjects = 1 << 24;
    const int MaxText = 4096;
    const long MaxTextInAll = 1L << 28;
    const int MaxName = 256;
    const int LowestProtocol = 2, HighestProtocol = 5;

    readonly List<object?> _stack = [];
    readonly List<int> _marks = [];
    readonly Dictionary<long, object?> _memo = [];
    readonly long _length = stream.Length;
    long _opcode;
    long _objects;
    long _text;

    /// <summary>The one object of the pickle: null, bool, long, double, string, List, object[] (a tuple), Dictionary, <see cref="PickleBytes"/>, <see cref="PickleArray"/>.</summary>
    /// <exception cref="InputException">With the place in the file, and the name of what it wants to call.</exception>
    public object? Read()
    {
        if (stream.ReadByte() != 0x80 || stream.ReadByte() is < LowestProtocol or > HighestProtocol)
            throw Problem($"no pickle of protocol {LowestProtocol} to {HighestProtocol}; save it again with pickle.dump(..., protocol=4).");
        try
        {
            while (true)
            {
                _opcode = stream.Position;
                var opcode = Next();
                if (opcode == '.')
                    return Value(Pop());
                Step(opcode);
            }
        }
        catch (FormatException problem)
        {
            throw Problem($"holds {problem.Message}");
        }
    }

    void Step(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: Next(); break;
            case 0x95: Length(8); break;
            case (byte)'(': _marks.Add(_stack.Count); Count(); break;
            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Next(stackalloc byte[4]))); break;
            case (byte)'K': Push((long)Next()); break;
            case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Next(stackalloc byte[2]))); break;
            case 0x8A: Push(Integer(Next())); break;
            case 0x8B: Push(Integer(Length(4))); break;
            case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Next(stackalloc byte[8]))); break;
            case (byte)'X': Push(Text(Length(4))); break;
            case 0x8C: Push(Text(Length(1))); break;
            case 0x8D: Push(Text(Length(8))); break;
            case (byte)'T': Push(Python2Text(Length(4))); break;
            case (byte)'U': Push(Python2Text(Length(1))); break;
            case (byte)'B': Push(Bytes(Length(4))); break;
            case (byte)'C': Push(Bytes(Length(1))); break;
            case 0x8E or 0x96: Push(Bytes(Length(8))); break;
            case (byte)']': Push(new List<object?>()); break;
            case (byte)'l': Push(new List<object?>(Values(PopToMark()))); break;
            case (byte)'a': Append([Pop()]); break;
            case (byte)'e': Append(PopToMark()); break;
            case (byte)')': Push(Array.Empty<object?>()); break;
            case (byte)'t': Push(Values(PopToMark())); break;
            case 0x85 or 0x86 or 0x87: Push(Values(Pop(opcode - 0x84))); break;
            case (byte)'}': Push(new Dictionary<object, object?>()); break;
            case (byte)'d': Dictionary(PopToMark()); break;
            case (byte)'s': SetItems(Pop(2)); break;
            case (byte)'u': SetItems(PopToMark()); break;
            case (byte)'q': Memoize(Next()); break;
            case (byte)'r': Memoize(BinaryPrimitives.ReadUInt32LittleEndian(Next(stackalloc byte[4]))); break;
            case 0x94: Memoize(_memo.Count); break;
            case (byte)'h': Recall(Next()); break;
            case (byte)'j': Recall(BinaryPrimitives.ReadUInt32LittleEndian(Next(stackalloc byte[4]))); break;
            case (byte)'c': Global(Line(), Line()); break;
            case 0x93: Global(Pop(2)); break;
            case (byte)'R': Push(Call(Pop(2))); break;
            case (byte)'b': SetState(Pop()); break;
            case (byte)'i': throw Refusal($"{Line()}.{Line()}");
            case (byte)'o' or 0x81 or 0x92: throw Refusal("a class");
            case 0x82 or 0x83 or 0x84: throw Refusal("a registered extension");
            case (byte)'P' or (byte)'Q' or 0x97 or 0x98: throw Problem("refers to something outside the file; save it again as plain data.");
            case 0x8F or 0x90 or 0x91: throw Problem("holds a set; save it again as a list.");
            default: throw Problem($"0x{opcode:X2} begins nothing that plain data needs in protocols {LowestProtocol} to {HighestProtocol}; the file is damaged or of another kind.");
        }
    }

    void Push(object? value)
    {
        Count();
        _stack.Add(value);
    }

    void Count()
    {
        if (++_objects > MaxObjects)
            throw Problem($"holds more than {MaxObjects} objects, which no set of clips does.");
    }

    object? Pop() => Pop(1)[0];

    object?[] Pop(int count)
    {
        if (_stack.Count - count < (_marks.Count > 0 ? _marks[^1] : 0))
            throw Problem("takes more from its stack than there is; the file is damaged.");
        var values = _stack.GetRange(_stack.Count - count, count).ToArray();
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    object?[] PopToMark()
    {
        if (_marks.Count == 0)
            throw Problem("ends a group that never began; the file is damaged.");
        var values = Pop(_stack.Count - _marks[^1]);
        _marks.RemoveAt(_marks.Count - 1);
        return values;
    }

    object? Top() => _stack.Count > (_marks.Count > 0 ? _marks[^1] : 0) ? _stack[^1] : throw Problem("takes more from its stack than there is; the file is damaged.");

    void Append(object?[] values)
    {
        if (Top() is not List<object?> list)
            throw Problem("appends to what is no list; the file is damaged.");
        list.AddRange(Values(values));
    }

    void Dictionary(object?[] items)
    {
        Push(new Dictionary<object, object?>());
        SetItems(items);
    }

    void SetItems(object?[] items)
    {
        if (Top() is not Dictionary<object, object?> dictionary || items.Length % 2 != 0)
            throw Problem("sets items of what is no dict; the file is damaged.");
        for (var i = 0; i < items.Length; i += 2)
            dictionary[items[i] is string or long or double or bool ? items[i]! : throw new FormatException("a dict with keys other than text and numbers.")] = Value(items[i + 1]);
    }

    void Memoize(long index)
    {
        Count();
        _memo[index] = Top();
    }

    void Recall(long index) => Push(_memo.TryGetValue(index, out var value) ? value : throw Problem($"refers to object {index}, which was not there before; the file is damaged."));

    void Global(object?[] names)
    {
        if (names is not [string module, string name])
            throw Problem("names a callable by something else than text; the file is refused.");
        Global(module, name);
    }

    void Global(string module, string name) => Push(PickleGlobals.Find(module, name) is { } global ? global : throw Refusal($"{module}.{name}"));

    object? Call(object?[] call)
    {
        if (call is not [PickleGlobal global, object?[] arguments])
            throw Problem("calls something that is no name; the file is refused.");
        return global switch
        {
            PickleGlobal.DataType => PickleNumpy.MakeDataType(arguments),
            PickleGlobal.Reconstruct => PickleNumpy.MakeBlank(arguments),
            PickleGlobal.FromBuffer => PickleNumpy.MakeFromBuffer(arguments),
            PickleGlobal.Scalar => PickleNumpy.MakeScalar(arguments, Read),
            PickleGlobal.Encode => Encode(arguments),
            PickleGlobal.Bytes when arguments.Length == 0 => new PickleBytes(0, 0) { Content = [] },
            _ => throw Problem($"makes a {global.ToString().ToLowerInvariant()} in a way that pickle.dump does not; the file is refused."),
        };
    }

    /// <summary>How protocol 2 has bytes.</summary>
    static PickleBytes Encode(object?[] arguments) => arguments switch
    {
        [string text, "latin1" or "latin-1"] when text.All(letter => letter <= 0xFF) => new PickleBytes(0, text.Length) { Content = Encoding.Latin1.GetBytes(text) },
        [PickleText text, "latin1" or "latin-1"] => new PickleBytes(text.Offset, text.Length, Utf8: true),
        _ => throw new FormatException("text that is encoded as something else than bytes."),
    };

    void SetState(object? state)
    {
        switch (Top())
        {
            case PickleNumpy.DataType type: PickleNumpy.SetState(type, state); break;
            case PickleNumpy.Blank blank: PickleNumpy.SetState(blank, state); break;
            default: throw Problem("sets the state of what is no numpy array; the file is refused.");
        }
    }

    /// <summary>As it stands in a container: an array instead of the place that waited for it.</summary>
    object? Value(object? value) => value switch
    {
        PickleNumpy.Blank blank => blank.Array ?? throw new FormatException("a numpy array without data."),
        PickleGlobal global when global is not PickleGlobal.NdArray => throw Refusal($"the function {global}"),
        _ => value,
    };

    object?[] Values(object?[] values)
    {
        for (var i = 0; i < values.Length; i++)
            values[i] = Value(values[i]);
        return values;
    }

    byte Next() => stream.ReadByte() is >= 0 and var value ? (byte)value : throw Truncated();

    ReadOnlySpan<byte> Next(Span<byte> buffer)
    {
        if (stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) < buffer.Length)
            throw Truncated();
        return buffer;
    }

    /// <summary>A length of so many bytes, of which at least as many must follow.</summary>
    long Length(int bytes)
    {
        Span<byte> buffer = stackalloc byte[8];
        buffer.Clear();
        Next(buffer[..bytes]);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(buffer);
        if (length > (ulong)(_length - stream.Position))
            throw Problem($"claims that {length} bytes follow, {_length - stream.Position} do; the file is truncated or damaged.");
        return (long)length;
    }

    long Integer(long length)
    {
        if (length > sizeof(long))
            throw new FormatException($"a whole number of {length} bytes; 64 bits are the most.");
        Span<byte> buffer = stackalloc byte[sizeof(long)];
        var digits = Next(buffer[..(int)length]);
        buffer[(int)length..].Fill(length > 0 && digits[^1] >= 0x80 ? (byte)0xFF : (byte)0);
        return BinaryPrimitives.ReadInt64LittleEndian(buffer);
    }

    object Text(long length)
    {
        if (length > MaxText)
            return Skip(length, offset => new PickleText(offset, length));
        return Encoding.UTF8.GetString(Content(length));
    }

    object Python2Text(long length) => length > MaxText ? Bytes(length) : Encoding.Latin1.GetString(Content(length));

    ReadOnlySpan<byte> Content(long length)
    {
        if ((_text += length) > MaxTextInAll)
            throw Problem($"holds more than {MaxTextInAll >> 20} MiB of text, which no set of clips does.");
        return Next(new byte[length]);
    }

    PickleBytes Bytes(long length) => Skip(length, offset => new PickleBytes(offset, length));

    T Skip<T>(long length, Func<long, T> at)
    {
        var value = at(stream.Position);
        stream.Seek(length, SeekOrigin.Current);
        return value;
    }

    /// <summary>A few bytes, without losing the place.</summary>
    byte[] Read(PickleBytes bytes)
    {
        if (bytes.Content is { } content)
            return content;
        var raw = new byte[bytes.Length];
        var count = RandomAccess.Read(stream.SafeFileHandle, raw, bytes.Offset);
        return count == raw.Length ? raw : throw Truncated();
    }

    string Line()
    {
        var text = new StringBuilder();
        for (var value = Next(); value != '\n'; value = Next())
            if (text.Append((char)value).Length > MaxName)
                throw Problem("holds a name that does not end; the file is damaged.");
        return text.ToString();
    }

    InputException Refusal(string callable) => Problem(
        $"wants to call {Printable(callable)}. A pickle can run any program that way, so it is refused; nothing was run. "
        + "Plain data is dict, list, tuple, str, bytes, int, float, bool, None and numpy arrays of numbers: save it again as that.");

    static string Printable(string text) => new([.. text.Take(MaxName).Select(letter => char.IsControl(letter) ? '?' : letter)]);

    InputException Truncated() => Problem("the file ends within an object; it is truncated.");

    InputException Problem(string reason) => new($"{source}, byte {_opcode}: {reason}");
}

/// <summary>The names that plain data and numpy arrays need. A pickle that has any other is refused.</summary>
enum PickleGlobal
{
    Reconstruct,
    Scalar,
    FromBuffer,
    NdArray,
    DataType,
    Encode,
    Bytes,
}

static class PickleGlobals
{
    /// <summary>By module and name, of Python 2 and 3, and of numpy before and since 2.0.</summary>
    static readonly Dictionary<(string Module, string Name), PickleGlobal> Known = new()
    {
        [("numpy.core.multiarray", "_reconstruct")] = PickleGlobal.Reconstruct,
        [("numpy._core.multiarray", "_reconstruct")] = PickleGlobal.Reconstruct,
        [("numpy.core.multiarray", "scalar")] = PickleGlobal.Scalar,
        [("numpy._core.multiarray", "scalar")] = PickleGlobal.Scalar,
        [("numpy.core.numeric", "_frombuffer")] = PickleGlobal.FromBuffer,
        [("numpy._core.numeric", "_frombuffer")] = PickleGlobal.FromBuffer,
        [("numpy", "ndarray")] = PickleGlobal.NdArray,
        [("numpy", "dtype")] = PickleGlobal.DataType,
        [("_codecs", "encode")] = PickleGlobal.Encode,
        [("__builtin__", "bytes")] = PickleGlobal.Bytes,
        [("builtins", "bytes")] = PickleGlobal.Bytes,
    };

    public static PickleGlobal? Find(string module, string name) => Known.TryGetValue((module, name), out var global) ? global : null;
}

/// <summary>Bytes in a pickle. They stay in the file until they are read: most of a pickle is arrays, and they need not fit in memory.</summary>
/// <param name="Offset">Where they stand in the file.</param>
/// <param name="Length">How many bytes stand there.</param>
/// <param name="Utf8">Whether they are Latin-1 characters written as UTF-8, as protocol 2 has them; then one or two of the file make one.</param>
public sealed record PickleBytes(long Offset, long Length, bool Utf8 = false)
{
    /// <summary>The bytes themselves where they were short enough to be read at once.</summary>
    public byte[]? Content { get; init; }

    /// <summary>Whether this can be <paramref name="bytes"/> long.</summary>
    public bool Fits(long bytes) => Utf8 ? bytes <= Length && Length <= 2 * (Int128)bytes : bytes == Length;
}

/// <summary>Text too long to be a name. Only protocol 2 writes such, and means bytes by it.</summary>
public sealed record PickleText(long Offset, long Length);
