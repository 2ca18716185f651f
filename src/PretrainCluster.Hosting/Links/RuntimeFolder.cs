using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace PretrainCluster.Hosting.Links;

/// <summary>A folder for sockets that belongs to this user and that nobody else can enter: under XDG_RUNTIME_DIR, or under /tmp.</summary>
static partial class RuntimeFolder
{
    const UnixFileMode OnlyUser = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Of sockaddr_un's 108 bytes, what a folder may take: the socket's own name and the final zero need the rest.</summary>
    const int MaxBytes = 80;

    /// <exception cref="IOException">The folder is somebody else's, or open to others.</exception>
    public static string Path()
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("Runs are hosted on Linux: workers are reached through Unix domain sockets.");
        var path = System.IO.Path.Combine(Parent(), $"pretrain-{EffectiveUser().ToString(CultureInfo.InvariantCulture)}");
        Directory.CreateDirectory(path, OnlyUser);
        var (user, mode) = Owner(path);
        if (user != EffectiveUser() || (mode & 0xF1FF) != (0x4000 | (int)OnlyUser))
            throw new IOException($"{path} is not a folder that only you can enter; remove it, or set XDG_RUNTIME_DIR to a folder of yours");
        return path;
    }

    static string Parent()
    {
        var own = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return own is { Length: > 0 } && Encoding.UTF8.GetByteCount(own) <= MaxBytes && Directory.Exists(own) ? own : "/tmp";
    }

    // The layout of statx is the same on every architecture, which that of stat is not: stx_uid at 20, stx_mode at 28.
    static unsafe (uint User, int Mode) Owner(string path)
    {
        const int CurrentFolder = -100, NoFollow = 0x100;
        const uint Basic = 0x7ff;
        var facts = stackalloc byte[256];
        if (FileFacts(CurrentFolder, path, NoFollow, Basic, facts) != 0)
            throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        return (*(uint*)(facts + 20), *(ushort*)(facts + 28));
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int FileFacts(int folder, string path, int flags, uint mask, byte* facts);
}
