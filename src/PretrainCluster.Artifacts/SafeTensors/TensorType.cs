namespace PretrainCluster.Artifacts.SafeTensors;

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
