using System.Text;

namespace PretrainCluster.LibTorch.Interop;

/// <summary>A value on its way into an operator.</summary>
readonly unsafe struct Argument
{
    readonly ValueTag _tag;
    readonly long _bits;
    readonly object? _reference;

    Argument(ValueTag tag, long bits, object? reference = null) => (_tag, _bits, _reference) = (tag, bits, reference);

    public static Argument None => default;

    /// <summary>A list in which an entry may be missing, such as the indices of advanced indexing.</summary>
    public static Argument Optional(Tensor?[] tensors) => new(ValueTag.OptionalTensorList, 0, tensors);

    public static implicit operator Argument(Tensor? tensor) => tensor is null ? None : new(ValueTag.Tensor, 0, tensor);
    public static implicit operator Argument(long value) => new(ValueTag.Int, value);
    public static implicit operator Argument(long? value) => value is { } number ? number : None;
    public static implicit operator Argument(double value) => new(ValueTag.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Argument(double? value) => value is { } number ? number : None;
    public static implicit operator Argument(bool value) => new(ValueTag.Bool, value ? 1 : 0);
    public static implicit operator Argument(string? value) => value is null ? None : new(ValueTag.String, 0, Encoding.UTF8.GetBytes(value));
    public static implicit operator Argument(long[]? values) => values is null ? None : new(ValueTag.IntList, 0, values);
    public static implicit operator Argument(double[]? values) => values is null ? None : new(ValueTag.DoubleList, 0, values);
    public static implicit operator Argument(bool[] values) => new(ValueTag.BoolList, 0, values);
    public static implicit operator Argument(Tensor[] tensors) => new(ValueTag.TensorList, 0, tensors);
    public static implicit operator Argument(ScalarType value) => new(ValueTag.Int, (long)value);
    public static implicit operator Argument(ScalarType? value) => value is { } type ? type : None;
    public static implicit operator Argument(Device? device) => device is null ? None : new(ValueTag.Device, ((long)device.type << 32) | (uint)(byte)device.index);
    public static implicit operator Argument(Scalar? scalar) => scalar is null ? None : scalar.ToArgument();

    /// <summary>Words of scratch that <see cref="Write"/> needs.</summary>
    public int Words => _reference switch
    {
        null or Tensor => 0,
        byte[] text => text.Length / 8 + 1,
        Array list => list.Length,
        _ => throw new InvalidOperationException(),
    };

    /// <summary>Writes the value; lists go to <paramref name="scratch"/>, which must stay in place until the call returns.</summary>
    public void Write(NativeValue* value, long* scratch)
    {
        value->Tag = _tag;
        value->Count = 0;
        value->Integer = _bits;
        if (_reference is null)
            return;
        if (_reference is Tensor tensor)
        {
            value->Integer = tensor.Handle;
            return;
        }
        value->Pointer = scratch;
        value->Count = ((Array)_reference).Length;
        switch (_reference)
        {
            case long[] numbers:
                numbers.CopyTo(new Span<long>(scratch, numbers.Length));
                break;
            case double[] numbers:
                numbers.CopyTo(new Span<double>(scratch, numbers.Length));
                break;
            case byte[] text:
                text.CopyTo(new Span<byte>(scratch, text.Length));
                break;
            case bool[] flags:
                for (var i = 0; i < flags.Length; i++)
                    scratch[i] = flags[i] ? 1 : 0;
                break;
            case Tensor?[] tensors:
                for (var i = 0; i < tensors.Length; i++)
                    scratch[i] = tensors[i]?.Handle ?? 0;
                break;
        }
    }

    /// <summary>Tensors whose handles were written must outlive the call.</summary>
    public void KeepAlive() => GC.KeepAlive(_reference);
}
