using System.Runtime.InteropServices;

namespace PretrainCluster.Tensors;

/// <summary>
/// Counts, to the byte, what the calling thread allocates and frees for tensors on the CPU, until it is disposed on the
/// same thread. libtorch tells its profiler of each block (c10/core/Allocator.h), and this stands in the profiler's place.
/// What existed before must not be freed meanwhile: libtorch does not know its size, and warns.
/// </summary>
public sealed unsafe class AllocationCount : IDisposable
{
    [ThreadStatic]
    static AllocationCount? s_current;

    static readonly nint s_listener = Listener();

    // A count within another one: both go on.
    readonly AllocationCount? _outer = s_current;

    AllocationCount()
    {
        s_current = this;
        if (_outer is null)
            LibtorchExports.SetMemoryListener(s_listener);
    }

    /// <summary>Whether there is one: the layout of the C++ object behind it is that of Linux and macOS.</summary>
    public static bool IsSupported => !OperatingSystem.IsWindows();

    /// <summary>Bytes allocated less those freed.</summary>
    public long Bytes { get; private set; }

    /// <summary><see cref="Bytes"/> at their highest, since the beginning or the last <see cref="Restart"/>.</summary>
    public long Highest { get; private set; }

    public static AllocationCount Start() => new();

    /// <summary>Forgets what was highest so far.</summary>
    public void Restart() => Highest = Bytes;

    public void Dispose()
    {
        s_current = _outer;
        if (_outer is null)
            LibtorchExports.SetMemoryListener(0);
    }

    /// <summary>
    /// A c10::MemoryReportingInfoBase without members: a pointer to its virtual functions, which are, in this order, two
    /// destructors, reportMemoryUsage, reportOutOfMemory and memoryProfilingEnabled. It lives as long as the process.
    /// </summary>
    static nint Listener()
    {
        var functions = (nint*)NativeMemory.Alloc(6, (nuint)sizeof(nint));
        functions[0] = (nint)(delegate* unmanaged<nint, void>)&Destroy;
        functions[1] = (nint)(delegate* unmanaged<nint, void>)&Destroy;
        functions[2] = (nint)(delegate* unmanaged<nint, nint, long, nuint, nuint, ushort, void>)&Report;
        functions[3] = (nint)(delegate* unmanaged<nint, long, nuint, nuint, ushort, void>)&OutOfMemory;
        functions[4] = (nint)(delegate* unmanaged<nint, byte>)&IsEnabled;
        functions[5] = (nint)functions;
        return (nint)(functions + 5);
    }

    [UnmanagedCallersOnly]
    static void Destroy(nint listener)
    {
    }

    /// <param name="bytes">of the block; negative where it is freed</param>
    /// <param name="device">c10::Device: its type, then its index</param>
    [UnmanagedCallersOnly]
    static void Report(nint listener, nint block, long bytes, nuint allocated, nuint reserved, ushort device)
    {
        if ((DeviceType)(byte)device != DeviceType.CPU)
            return;
        for (var count = s_current; count is not null; count = count._outer)
            count.Highest = Math.Max(count.Highest, count.Bytes += bytes);
    }

    [UnmanagedCallersOnly]
    static void OutOfMemory(nint listener, long bytes, nuint allocated, nuint reserved, ushort device)
    {
    }

    [UnmanagedCallersOnly]
    static byte IsEnabled(nint listener) => 1;
}
