using System.Globalization;
using System.Runtime.InteropServices;

namespace PretrainCluster.Training.Runs;

/// <summary>
/// What tensors take of the host's memory, as the C library and the system count it: libtorch counts nothing, and has its memory from the C library.
/// Other threads' memory is counted too, so this measures a process that does nothing else at the time.
/// </summary>
static class TensorMemory
{
    const string Status = "/proc/self/status", ClearReferences = "/proc/self/clear_refs";

    static readonly Lazy<bool> s_counts = new(() => OperatingSystem.IsLinux() && TryResetHighest());

    /// <summary>Whether the system counts here: Linux, with a /proc that can be written to.</summary>
    public static bool Counts => s_counts.Value;

    /// <summary>Bytes in blocks that are in use.</summary>
    public static long Used
    {
        get
        {
            var info = mallinfo2();
            return (long)(info.InUse + info.Mapped);
        }
    }

    /// <summary>Hands back what is kept for the next tensors, where these will have other sizes.</summary>
    public static void Release() => _ = malloc_trim(0);

    /// <summary>Bytes of the process in memory; what is kept for the next tensors is handed back first, and the highest starts anew from here.</summary>
    public static long Restart()
    {
        Release();
        TryResetHighest();
        return Read("VmRSS:");
    }

    /// <summary>The most bytes of the process in memory since <see cref="Restart"/>.</summary>
    public static long Highest => Read("VmHWM:");

    static bool TryResetHighest()
    {
        try
        {
            // proc(5): 5 resets the highest resident set size to the present one.
            File.WriteAllText(ClearReferences, "5");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    static long Read(string name)
    {
        var line = File.ReadLines(Status).First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(name.Length).Trim().TrimEnd("kB").Trim(), NumberStyles.None, CultureInfo.InvariantCulture) << 10;
    }

    [DllImport("libc")]
    static extern Info mallinfo2();

    [DllImport("libc")]
    static extern int malloc_trim(nuint keep);

    /// <summary>struct mallinfo2 of malloc.h (glibc 2.33 and later).</summary>
    [StructLayout(LayoutKind.Sequential)]
    readonly struct Info
    {
        readonly nuint _arena, _freeChunks, _fastChunks, _mappedBlocks;
        public readonly nuint Mapped;
        readonly nuint _highest, _fastFree;
        public readonly nuint InUse;
        readonly nuint _free, _top;
    }
}
