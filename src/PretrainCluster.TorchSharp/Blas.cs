using System.Runtime.InteropServices;

namespace PretrainCluster.TorchSharp;

/// <summary>The OpenBLAS that libtorch's products run on, where it is a library of its own as Debian's is. Elsewhere libtorch holds its BLAS, and sets its threads.</summary>
static unsafe class Blas
{
    /// <summary>Threads of a product; null without an OpenBLAS.</summary>
    public static int? Threads => Find("openblas_get_num_threads") is var function and not 0 ? ((delegate* unmanaged<int>)function)() : null;

    /// <summary>Version and kernel family, e.g. "OpenBLAS 0.3.21 Haswell"; null without an OpenBLAS.</summary>
    public static string? Name
    {
        get
        {
            var (configuration, core) = (Find("openblas_get_config"), Find("openblas_get_corename"));
            return configuration == 0 || core == 0 ? null : $"{string.Join(' ', Text(configuration).Split(' ').Take(2))} {Text(core)}";
        }
    }

    static string Text(nint function) => Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)function)())!;

    static nint Find(string function) =>
        LoadedLibrary.Path("libopenblas") is { } path && NativeLibrary.TryGetExport(NativeLibrary.Load(path), function, out var address) ? address : 0;
}
