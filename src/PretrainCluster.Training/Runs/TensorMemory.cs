using System.Runtime.InteropServices;

namespace PretrainCluster.Training.Runs;

/// <summary>
/// What tensors take of the host's memory, as the C library counts it: libtorch counts nothing, and has its memory from
/// the C library. Other threads' blocks are counted too, so this measures a process that does nothing else at the time.
/// </summary>
static class TensorMemory
{
    /// <summary>Whether blocks are counted here.</summary>
    public static bool Counts => OperatingSystem.IsLinux();

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

    /// <summary>Watches <see cref="Used"/> from here on, until the result is disposed.</summary>
    public static Peak Watch() => new();

    /// <summary>
    /// The most bytes in use at a time, by looking several thousand times a second. The process's own size would be no
    /// measure: what holes between blocks add to it differs by tens of megabytes from one pass to the next.
    /// </summary>
    public sealed class Peak : IDisposable
    {
        const uint Pause = 200;

        readonly Thread _thread;
        long _highest = Used;
        volatile bool _ended;

        public Peak()
        {
            _thread = new Thread(Look) { IsBackground = true, Name = "memory" };
            _thread.Start();
        }

        /// <summary>Bytes, as far as was seen.</summary>
        public long Highest => Math.Max(Interlocked.Read(ref _highest), Used);

        public void Dispose()
        {
            _ended = true;
            _thread.Join();
        }

        void Look()
        {
            while (!_ended)
            {
                Interlocked.Exchange(ref _highest, Math.Max(_highest, Used));
                _ = usleep(Pause);
            }
        }
    }

    [DllImport("libc")]
    static extern Info mallinfo2();

    [DllImport("libc")]
    static extern int malloc_trim(nuint keep);

    [DllImport("libc")]
    static extern int usleep(uint microseconds);

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
