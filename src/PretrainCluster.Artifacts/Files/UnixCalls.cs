using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace PretrainCluster.Artifacts.Files;

/// <summary>The two calls that .NET does not offer: a hard link, which fails where the name exists, and flushing a folder's entries to disk.</summary>
[UnsupportedOSPlatform("windows")]
static partial class UnixCalls
{
    public const int FileExists = 17;
    const int ReadOnlyFlag = 0;

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string existing, string created);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    /// <summary>Some file systems refuse this; the rename itself has been made by then, so a refusal is not an error.</summary>
    public static void SyncFolder(string folder)
    {
        var descriptor = Open(folder, ReadOnlyFlag);
        if (descriptor < 0)
            return;
        _ = Sync(descriptor);
        _ = Close(descriptor);
    }
}
