using System.Collections;

namespace PretrainCluster.LibTorch;

/// <summary>The elements of a tensor on the CPU, read and written in place, in row-major order whatever its strides.</summary>
public sealed class TensorAccessor<T> : IEnumerable<T> where T : unmanaged
{
    readonly Tensor _tensor;
    readonly nint _data;
    readonly long[] _shape, _strides;
    readonly bool _contiguous;

    internal unsafe TensorAccessor(Tensor tensor)
    {
        if (tensor.dtype != (typeof(T) == typeof(ushort) ? ScalarType.BFloat16 : TypeOf<T>()))
            throw new ArgumentException($"the tensor holds {tensor.dtype}, not {typeof(T).Name}");
        _tensor = tensor;
        _data = (nint)tensor.DataPointer;
        (_shape, _strides, _contiguous) = (tensor.shape, tensor.stride(), tensor.is_contiguous());
        Count = tensor.numel();
    }

    public long Count { get; }

    public T this[params long[] indices]
    {
        get => At(indices);
        set => At(indices) = value;
    }

    public T[] ToArray()
    {
        var values = new T[Count];
        CopyTo(values);
        return values;
    }

    public unsafe void CopyTo(Span<T> destination)
    {
        if (destination.Length < Count)
            throw new ArgumentException("the destination is too short");
        if (_contiguous)
        {
            new ReadOnlySpan<T>((void*)_data, checked((int)Count)).CopyTo(destination);
            GC.KeepAlive(_tensor);
            return;
        }
        using var packed = _tensor.detach().contiguous();
        new ReadOnlySpan<T>(packed.DataPointer, checked((int)Count)).CopyTo(destination);
    }

    public void CopyTo(T[] array, int arrayIndex = 0) => CopyTo(array.AsSpan(arrayIndex));

    /// <summary>Overwrites all elements.</summary>
    public unsafe void CopyFrom(ReadOnlySpan<T> source)
    {
        if (!_contiguous || source.Length != Count)
            throw new ArgumentException(_contiguous ? $"the tensor holds {Count} elements, the source {source.Length}" : "the tensor is not contiguous");
        source.CopyTo(new Span<T>((void*)_data, source.Length));
        GC.KeepAlive(_tensor);
    }

    public void CopyFrom(T[] array) => CopyFrom(array.AsSpan());

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    unsafe ref T At(long[] indices)
    {
        long offset = 0;
        if (indices.Length == 1 && _shape.Length != 1)
        {
            var rest = indices[0];
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)rest, (ulong)Count);
            for (var d = _shape.Length - 1; d >= 0; d--)
                (rest, offset) = (rest / _shape[d], offset + rest % _shape[d] * _strides[d]);
        }
        else
        {
            if (indices.Length != _shape.Length)
                throw new ArgumentException($"{indices.Length} indices for {_shape.Length} dimensions");
            for (var d = 0; d < indices.Length; d++)
            {
                ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)indices[d], (ulong)_shape[d]);
                offset += indices[d] * _strides[d];
            }
        }
        GC.KeepAlive(_tensor);
        return ref ((T*)_data)[offset];
    }
}
