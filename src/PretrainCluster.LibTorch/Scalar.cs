using PretrainCluster.LibTorch.Interop;

namespace PretrainCluster.LibTorch;

/// <summary>A number that an operator takes beside tensors; made from C#'s numbers without a word.</summary>
public sealed class Scalar
{
    readonly double _real;
    readonly long _integer;
    readonly ScalarType _type;

    Scalar(double real) => (_real, _type) = (real, ScalarType.Float64);

    Scalar(long integer, ScalarType type) => (_integer, _type) = (integer, type);

    public ScalarType Type => _type;

    public static implicit operator Scalar(double value) => new(value);
    public static implicit operator Scalar(float value) => new(value);
    public static implicit operator Scalar(long value) => new(value, ScalarType.Int64);
    public static implicit operator Scalar(int value) => new(value, ScalarType.Int64);
    public static implicit operator Scalar(bool value) => new(value ? 1 : 0, ScalarType.Bool);

    internal Argument ToArgument() => _type switch
    {
        ScalarType.Float64 => _real,
        ScalarType.Bool => _integer != 0,
        _ => _integer,
    };

    public double ToDouble() => _type == ScalarType.Float64 ? _real : _integer;
    public float ToSingle() => (float)ToDouble();
    public long ToInt64() => _type == ScalarType.Float64 ? (long)_real : _integer;
    public int ToInt32() => checked((int)ToInt64());
    public bool ToBoolean() => ToDouble() != 0;
    public override string ToString() => FormattableString.Invariant($"{ToDouble()}");
}
