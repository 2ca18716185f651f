namespace PretrainCluster.Skeletons.Formats;

/// <summary>Lines of a text file in constant memory, whatever the file holds. Lines end with LF or CRLF.</summary>
/// <param name="stream">Read to its end, not disposed.</param>
/// <param name="source">What error messages begin with.</param>
/// <param name="maxLine">Bytes that a line may have, at most <see cref="Longest"/>.</param>
sealed class LineReader(Stream stream, string source, int maxLine = LineReader.MaxLine)
{
    /// <summary>What fits into the buffer.</summary>
    public const int Longest = (1 << 16) - 2;

    public const int MaxLine = 4096;

    const string Incomplete = "holds NUL bytes; the file was not written completely.";

    readonly byte[] _buffer = new byte[1 << 16];
    int _start;
    int _end;

    /// <summary>1-based number of the line read last.</summary>
    public long Line { get; private set; }

    /// <summary>The next line without its end, valid until the next call; false at the end of the file.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var unread = _buffer.AsSpan(_start, _end - _start);
            var length = unread[searched..].IndexOf((byte)'\n');
            if (length >= 0)
                return Take(unread[..(searched + length)], searched + length + 1, out line);

            searched = unread.Length;
            if (searched > maxLine)
                throw new InputException($"{source}, line {Line + 1}: {(unread.Contains((byte)0) ? Incomplete : TooLong)}");
            if (!Fill())
                return searched > 0 ? Take(_buffer.AsSpan(_start, searched), searched, out line) : End(out line);
        }
    }

    /// <summary>An <see cref="InputException"/> that names the file and the line read last.</summary>
    public InputException Problem(string reason) => new($"{source}, line {Line}: {reason}");

    string TooLong => $"longer than {maxLine} bytes; this is no text of that format.";

    bool Take(ReadOnlySpan<byte> text, int consumed, out ReadOnlySpan<byte> line)
    {
        _start += consumed;
        Line++;
        line = text is [.., (byte)'\r'] ? text[..^1] : text;
        if (line.Length > maxLine)
            throw Problem(TooLong);
        if (line.Contains((byte)0))
            throw Problem(Incomplete);
        return true;
    }

    static bool End(out ReadOnlySpan<byte> line)
    {
        line = default;
        return false;
    }

    bool Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        var read = stream.Read(_buffer.AsSpan(_end));
        _end += read;
        return read > 0;
    }
}

/// <summary>The fields of a line of text, which blanks part.</summary>
static class TextFields
{
    static ReadOnlySpan<byte> Blanks => " \t"u8;

    /// <summary>The next field, which is taken off the line; empty at its end.</summary>
    public static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> line)
    {
        line = line.TrimStart(Blanks);
        var length = line.IndexOfAny(Blanks);
        var field = length < 0 ? line : line[..length];
        line = line[field.Length..];
        return field;
    }

    public static int Count(ReadOnlySpan<byte> line)
    {
        var count = 0;
        while (!Next(ref line).IsEmpty)
            count++;
        return count;
    }

    public static bool IsBlank(ReadOnlySpan<byte> line) => line.Trim(Blanks).IsEmpty;
}
