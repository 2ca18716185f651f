using System.Runtime.InteropServices;
using PretrainCluster.LibTorch.Interop;

namespace PretrainCluster.LibTorch;

public static unsafe partial class torch
{
    /// <summary>The version of the libtorch in use.</summary>
    public static string __version__ => Fingerprint.Split(" | ")[0];

    /// <summary>What has to be equal for results to be equal to the bit on CPUs: libtorch, BLAS with its kernel family, vector width.</summary>
    public static string Fingerprint => Marshal.PtrToStringUTF8((nint)NativeMethods.pretrain_describe())!;

    /// <summary>Threads inside one operator, for libtorch and its BLAS. One by default: micro-batches are what runs side by side.</summary>
    public static void set_num_threads(int num) => NativeStatus.Check(NativeMethods.pretrain_set_threads(num));

    public static int get_num_threads() => Threads().Torch;

    /// <summary>Threads of libtorch and of its BLAS, as seen by the calling thread.</summary>
    public static (int Torch, int Blas) Threads()
    {
        int torchThreads, blasThreads;
        NativeStatus.Check(NativeMethods.pretrain_threads(&torchThreads, &blasThreads));
        return (torchThreads, blasThreads);
    }

    /// <summary>Seeds libtorch's own generators. The project's randomness does not come from them.</summary>
    public static void manual_seed(long seed) => NativeStatus.Check(NativeMethods.pretrain_seed((ulong)seed));

    /// <summary>Only deterministic algorithms; an operator that has none is an error.</summary>
    public static void use_deterministic_algorithms(bool mode) => NativeStatus.Check(NativeMethods.pretrain_set_deterministic(mode ? 1 : 0));

    /// <summary>Whether host memory is kept and counted; PRETRAIN_KEEP_MEMORY=0 leaves it to the C library.</summary>
    public static bool CountsMemory => Environment.GetEnvironmentVariable("PRETRAIN_KEEP_MEMORY") != "0";

    /// <summary>Bytes of host memory that no tensor holds and that are kept for the next ones.</summary>
    public static long KeptMemory => (long)NativeMethods.pretrain_kept_memory();

    /// <summary>Bytes of host memory in tensors; 0 where nobody counts.</summary>
    public static long UsedMemory => (long)NativeMethods.pretrain_used_memory();

    /// <summary>The most that <see cref="UsedMemory"/> was since this was called before.</summary>
    public static long TakeHighestMemory() => (long)NativeMethods.pretrain_highest_memory();

    /// <summary>Hands kept memory back to the system, e.g. between a training stage and an evaluation of another size.</summary>
    public static void ReleaseKeptMemory() => NativeMethods.pretrain_release_memory();

    public static class cuda
    {
        public static bool is_available() => device_count() > 0;

        public static int device_count() => NativeMethods.pretrain_cuda_devices();

        public static void synchronize(int device = 0) => NativeStatus.Check(NativeMethods.pretrain_synchronize(device));

        /// <summary>TF32 in matrix products and convolutions.</summary>
        public static void allow_tf32(bool enabled) => NativeStatus.Check(NativeMethods.pretrain_set_tf32(enabled ? 1 : 0));
    }
}
