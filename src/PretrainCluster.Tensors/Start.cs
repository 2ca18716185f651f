using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PretrainCluster.Tensors;

/// <summary>What has to be set before libtorch is loaded, in every assembly that may be the first to use a tensor.</summary>
file static class Start
{
    const int TrimThreshold = -1, LargestMappedBlocks = -4;

#pragma warning disable CA2255 // Nothing later is sure to come before the first tensor.
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void Prepare()
    {
        KeepToOneThread();
        if (Environment.GetEnvironmentVariable("PRETRAIN_KEEP_MEMORY") != "0")
            KeepMemory();
    }

    // Several micro-batches are computed at a time, one thread each, so libtorch and MKL start with one thread unless the user says otherwise.
    // They read the C environment; .NET's own copy of it would not reach them.
    static void KeepToOneThread()
    {
        foreach (var name in (string[])["OMP_NUM_THREADS", "MKL_NUM_THREADS"])
            _ = setenv(name, "1", 0);
    }

    // A step asks for the same large blocks over and over. The C library would fetch each from the system, page by page, and return it: most of a step's time.
    static void KeepMemory()
    {
        _ = mallopt(LargestMappedBlocks, 0);
        _ = mallopt(TrimThreshold, -1);
    }

    [DllImport("libc", CharSet = CharSet.Ansi)]
    static extern int setenv(string name, string value, int overwrite);

    [DllImport("libc")]
    static extern int mallopt(int parameter, int value);
}
