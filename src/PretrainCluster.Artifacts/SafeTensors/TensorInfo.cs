namespace PretrainCluster.Artifacts.SafeTensors;

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
