using System.Runtime.InteropServices;

namespace PretrainCluster.LibTorch.Interop;

/// <summary>What a value on the boundary is; the same numbers as in native/dispatch.cpp.</summary>
enum ValueTag
{
    None,
    Tensor,
    Int,
    Double,
    Bool,
    String,
    IntList,
    DoubleList,
    BoolList,
    TensorList,
    OptionalTensorList,
    Device,
}

[StructLayout(LayoutKind.Explicit, Size = 16)]
unsafe struct NativeValue
{
    [FieldOffset(0)] public ValueTag Tag;
    [FieldOffset(4)] public int Count;
    [FieldOffset(8)] public long Integer;
    [FieldOffset(8)] public double Real;
    [FieldOffset(8)] public void* Pointer;
}
