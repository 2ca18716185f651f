using System.Runtime.InteropServices;

namespace PretrainCluster.LibTorch.Interop;

/// <summary>What libpretrain_native exports (native/*.cpp). Functions that return an int return a status; <see cref="NativeStatus.Check"/> turns it into an exception.</summary>
static unsafe partial class NativeMethods
{
    const string Library = NativeLibraryLoader.Name;

    static NativeMethods() => NativeLibraryLoader.Prepare();

    [LibraryImport(Library)] internal static partial byte* pretrain_error();
    [LibraryImport(Library)] internal static partial int pretrain_operator(byte* name, byte* overload, nint* handle);
    [LibraryImport(Library)] internal static partial int pretrain_call(nint handle, NativeValue* arguments, int count, NativeValue* results, int capacity, int* returned);
    [LibraryImport(Library)] internal static partial void pretrain_free(void* pointer);

    [LibraryImport(Library)] internal static partial void pretrain_release(nint tensor);
    [LibraryImport(Library)] internal static partial nint pretrain_share(nint tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int pretrain_dim(nint tensor, long* dim);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int pretrain_shape(nint tensor, long* sizes, long* strides);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int pretrain_metadata(nint tensor, NativeMetadata* metadata);
    [LibraryImport(Library)] internal static partial int pretrain_data(nint tensor, void** data);
    [LibraryImport(Library)] internal static partial int pretrain_from_blob(void* data, long* sizes, int dim, int dtype, delegate* unmanaged<nint, void> release, nint context, nint* result);

    [LibraryImport(Library), SuppressGCTransition] internal static partial int pretrain_grad_mode();
    [LibraryImport(Library), SuppressGCTransition] internal static partial void pretrain_set_grad_mode(int enabled);
    [LibraryImport(Library)] internal static partial int pretrain_set_requires_grad(nint tensor, int value);
    [LibraryImport(Library)] internal static partial int pretrain_gradient(nint tensor, nint* gradient);
    [LibraryImport(Library)] internal static partial int pretrain_set_gradient(nint tensor, nint gradient);
    [LibraryImport(Library)] internal static partial int pretrain_backward(nint* outputs, int outputsCount, nint* gradients, int gradientsCount, int retainGraph, int createGraph);
    [LibraryImport(Library)] internal static partial int pretrain_grad(nint* outputs, int outputsCount, nint* inputs, int inputsCount, nint* gradients, int gradientsCount, int retainGraph, int createGraph, int allowUnused, nint* results);
    [LibraryImport(Library)] internal static partial int pretrain_autocast(int deviceType, int* dtype);
    [LibraryImport(Library)] internal static partial int pretrain_set_autocast(int deviceType, int enabled, int dtype);

    [LibraryImport(Library)] internal static partial int pretrain_set_threads(int threads);
    [LibraryImport(Library)] internal static partial int pretrain_threads(int* torch, int* blas);
    [LibraryImport(Library)] internal static partial int pretrain_seed(ulong seed);
    [LibraryImport(Library)] internal static partial int pretrain_cuda_devices();
    [LibraryImport(Library)] internal static partial int pretrain_synchronize(int device);
    [LibraryImport(Library)] internal static partial int pretrain_set_deterministic(int enabled);
    [LibraryImport(Library)] internal static partial int pretrain_set_tf32(int enabled);
    [LibraryImport(Library)] internal static partial byte* pretrain_describe();
    [LibraryImport(Library)] internal static partial void pretrain_release_memory();
    [LibraryImport(Library)] internal static partial ulong pretrain_kept_memory();
    [LibraryImport(Library)] internal static partial ulong pretrain_used_memory();
    [LibraryImport(Library)] internal static partial ulong pretrain_highest_memory();
    [LibraryImport(Library)] internal static partial nint pretrain_kernels();
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int pretrain_use_kernels(string name);
}

/// <summary>The same layout as Metadata in native/tensor.cpp.</summary>
[StructLayout(LayoutKind.Sequential)]
struct NativeMetadata
{
    public long Dimensions, Elements, ElementSize, StorageOffset;
    public int ScalarType, DeviceType, DeviceIndex, RequiresGrad, IsLeaf, IsContiguous;
}
