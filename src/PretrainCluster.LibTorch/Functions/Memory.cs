using System.Runtime.InteropServices;
using PretrainCluster.LibTorch.Interop;

namespace PretrainCluster.LibTorch;

public static partial class torch
{
    /// <summary>
    /// A tensor over an array's own memory, without a copy: the array stays pinned until the last view of the tensor is gone.
    /// It begins after <paramref name="offset"/> elements and has <paramref name="count"/>, or all that follow.
    /// </summary>
    public static unsafe Tensor frombuffer(Array rawArray, ScalarType dtype, long count = -1, long offset = 0)
    {
        var width = Marshal.SizeOf(rawArray.GetType().GetElementType()!);
        if (width != SizeOf(dtype))
            throw new ArgumentException($"an array of {rawArray.GetType().GetElementType()!.Name} is no memory for {dtype}");
        var elements = count < 0 ? rawArray.LongLength - offset : count;
        if (offset < 0 || elements < 0 || offset + elements > rawArray.LongLength)
            throw new ArgumentOutOfRangeException(nameof(count), $"{elements} elements from {offset} on do not lie in an array of {rawArray.LongLength}");
        var pin = GCHandle.Alloc(rawArray, GCHandleType.Pinned);
        return FromMemory((byte*)pin.AddrOfPinnedObject() + offset * width, [elements], dtype, &Unpin, GCHandle.ToIntPtr(pin));
    }

    /// <summary>A tensor over memory that the caller keeps in place, and alive, for as long as the tensor and its views are used.</summary>
    public static unsafe Tensor from_pointer(void* data, long[] shape, ScalarType dtype) => FromMemory(data, shape, dtype, null, 0);

    static unsafe Tensor FromMemory(void* data, long[] shape, ScalarType dtype, delegate* unmanaged<nint, void> release, nint context)
    {
        nint handle;
        fixed (long* sizes = shape)
            NativeStatus.Check(NativeMethods.pretrain_from_blob(data, sizes, shape.Length, (int)dtype, release, context, &handle));
        return new Tensor(handle);
    }

    static int SizeOf(ScalarType type) => type switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        ScalarType.Int64 or ScalarType.Float64 or ScalarType.ComplexFloat32 => 8,
        _ => 16,
    };

    [UnmanagedCallersOnly]
    static void Unpin(nint context) => GCHandle.FromIntPtr(context).Free();
}
