using System.Runtime.InteropServices;

namespace PretrainCluster.LibTorch.Interop;

/// <summary>Finds libpretrain_native: where PRETRAIN_NATIVE says, next to the assembly, then in build/native of a checkout above it.</summary>
static partial class NativeLibraryLoader
{
    public const string Name = "pretrain_native";
    const string FileName = "libpretrain_native.so";

    public static void Prepare()
    {
        PrepareEnvironment();
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraryLoader).Assembly, (name, _, _) => name == Name ? Load() : 0);
    }

    static unsafe nint Load()
    {
        var library = NativeLibrary.Load(Find());
        if (torch.CountsMemory)
            ((delegate* unmanaged<void>)NativeLibrary.GetExport(library, "pretrain_keep_memory"))();
        return library;
    }

    internal static string Find()
    {
        var tried = Candidates().ToList();
        return tried.FirstOrDefault(File.Exists) ?? throw new DllNotFoundException(
            $"The tensor engine's native library was not found (looked for {string.Join(", ", tried)}). Build it with: sh src/PretrainCluster.LibTorch/native/build.sh, or name the file in PRETRAIN_NATIVE.");
    }

    static IEnumerable<string> Candidates()
    {
        var named = Environment.GetEnvironmentVariable("PRETRAIN_NATIVE");
        if (!string.IsNullOrEmpty(named))
        {
            yield return Directory.Exists(named) ? Path.Combine(named, FileName) : named;
            yield break;
        }
        yield return Path.Combine(AppContext.BaseDirectory, FileName);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "PretrainCluster.sln")))
                yield return Path.Combine(folder.FullName, "build", "native", FileName);
        }
    }

    // Several micro-batches are computed at a time, one thread each, so libtorch and its BLAS start with one thread unless the user says otherwise.
    // They read the C environment as they are loaded; .NET's own copy of it would not reach them.
    static void PrepareEnvironment()
    {
        foreach (var name in (string[])["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"])
            SetWhereUnset(name, "1");
    }

    static void SetWhereUnset(string name, string value)
    {
        if (setenv(name, value, 0) != 0)
            throw new InvalidOperationException($"setenv({name}) failed");
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
