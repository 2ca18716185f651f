namespace PretrainCluster.Skeletons.Formats.Pickle;

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
