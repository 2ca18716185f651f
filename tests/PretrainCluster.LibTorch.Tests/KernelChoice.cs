using System.Runtime.InteropServices;
using PretrainCluster.LibTorch.Interop;

namespace PretrainCluster.LibTorch.Tests;

/// <summary>Chooses the kernels of one instruction set, and puts the machine's own back.</summary>
sealed class KernelChoice : IDisposable
{
    static readonly string Default = Marshal.PtrToStringUTF8(NativeMethods.pretrain_kernels())!;

    /// <summary>False where this processor cannot run them.</summary>
    public static bool Use(string name)
    {
        _ = Default;
        return NativeMethods.pretrain_use_kernels(name) != 0;
    }

    public void Dispose() => Use(Default);
}
