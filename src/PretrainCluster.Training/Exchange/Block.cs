namespace PretrainCluster.Training.Exchange;

/// <summary>Memory that stays where it is while an operation runs.</summary>
readonly unsafe struct Block(byte* start, int length)
{
    public byte* Start => start;

    public int Length => length;

    public Span<byte> Bytes => new(start, length);

    public Span<float> Floats => new(start, length / sizeof(float));

    public Block Slice(int from, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)from + count, length);
        return new(start + from, count);
    }

    /// <summary>Of an array that was allocated pinned.</summary>
    public static Block Of(float[] pinned) => new((byte*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0), checked(pinned.Length * sizeof(float)));

    /// <summary>Of an array that was allocated pinned.</summary>
    public static Block Of(byte[] pinned) => new((byte*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0), pinned.Length);
}
