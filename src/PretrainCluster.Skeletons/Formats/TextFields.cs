namespace PretrainCluster.Skeletons.Formats;

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
