using System.Runtime.InteropServices;

namespace PretrainCluster.Tensors;

/// <summary>
/// What libtorch has and TorchSharp does not offer, called by the mangled names that libtorch exports: autocast, deterministic algorithms, what its products run on,
/// who hears of its memory.
/// The signatures are those of libtorch 2.10 (ATen/autocast_mode.h, ATen/Context.h, c10/util/ThreadLocalDebugInfo.h); Directory.Packages.props takes that version exactly.
/// </summary>
static unsafe class LibtorchExports
{
    static readonly nint s_cpu = Load();

    /// <summary>c10::DeviceType, which is one byte.</summary>
    static sbyte Type(DeviceType device) => (sbyte)device;

    public static bool IsAutocastEnabled(DeviceType device) =>
        ((delegate* unmanaged<sbyte, byte>)Find("_ZN2at8autocast19is_autocast_enabledEN3c1010DeviceTypeE"))(Type(device)) != 0;

    public static void SetAutocast(DeviceType device, bool enabled, ScalarType type)
    {
        ((delegate* unmanaged<sbyte, byte, void>)Find("_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb"))(Type(device), enabled ? (byte)1 : (byte)0);
        ((delegate* unmanaged<sbyte, sbyte, void>)Find("_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE"))(Type(device), (sbyte)type);
    }

    /// <summary>Whether weights that were cast once are kept for the next product. The cache is shared by all threads, and what it keeps belongs to the graph of the first one.</summary>
    public static void SetAutocastCache(bool enabled) =>
        ((delegate* unmanaged<byte, void>)Find("_ZN2at8autocast26set_autocast_cache_enabledEb"))(enabled ? (byte)1 : (byte)0);

    public static bool DeterministicAlgorithms
    {
        get => ((delegate* unmanaged<nint, byte>)Find("_ZNK2at7Context23deterministicAlgorithmsEv"))(Context()) != 0;
        set => ((delegate* unmanaged<nint, byte, byte, void>)Find("_ZN2at7Context26setDeterministicAlgorithmsEbb"))(Context(), value ? (byte)1 : (byte)0, 0);
    }

    /// <summary>oneMKL's version and the branch of kernels that it takes on this processor, e.g. "oneMKL 2024.2.0 branch 14"; null where libtorch has another BLAS.</summary>
    public static string? Blas
    {
        get
        {
            if (!NativeLibrary.TryGetExport(s_cpu, "mkl_serv_get_version_string", out var version) || !NativeLibrary.TryGetExport(s_cpu, "mkl_serv_cbwr_get_auto_branch", out var branch))
                return null;
            const int length = 256;
            var text = stackalloc byte[length];
            ((delegate* unmanaged<byte*, int, void>)version)(text, length);
            // "Intel(R) oneAPI Math Kernel Library Version 2024.2-Product Build 20240605 for ..."
            var words = Marshal.PtrToStringUTF8((nint)text)!.Split(' ', '-');
            var number = words.SkipWhile(word => word != "Version").Skip(1).FirstOrDefault() ?? "of unknown version";
            return $"oneMKL {number} branch {((delegate* unmanaged<int>)branch)()}";
        }
    }

    /// <summary>Sets what hears of the calling thread's blocks of memory.</summary>
    /// <param name="listener">a c10::MemoryReportingInfoBase; 0 for nothing</param>
    public static void SetMemoryListener(nint listener)
    {
        // A std::shared_ptr that owns nothing: the object, and no count of references.
        var shared = stackalloc nint[2] { listener, 0 };
        const byte profilerState = 2;
        if (listener != 0)
            ((delegate* unmanaged<byte, nint*, void>)Find("_ZN3c1020ThreadLocalDebugInfo5_pushENS_13DebugInfoKindESt10shared_ptrINS_13DebugInfoBaseEE"))(profilerState, shared);
        else
            ((delegate* unmanaged<nint*, void>)Find("_ZN3c1020ThreadLocalDebugInfo22_forceCurrentDebugInfoESt10shared_ptrIS0_E"))(shared);
    }

    static nint Context() => ((delegate* unmanaged<nint>)Find("_ZN2at13globalContextEv"))();

    static nint Find(string name) => NativeLibrary.GetExport(s_cpu, name);

    static nint Load()
    {
        InitializeDeviceType(DeviceType.CPU);
        return NativeLibrary.Load(LoadedLibrary.Path("libtorch_cpu") ?? throw new DllNotFoundException("libtorch_cpu is not loaded."));
    }
}

/// <summary>Finds what this process has loaded.</summary>
public static class LoadedLibrary
{
    /// <summary>The file of the first loaded library whose name begins so, its links resolved; null if there is none.</summary>
    public static string? Path(string name) =>
        File.ReadLines("/proc/self/maps").Select(line => line.IndexOf('/') is var at and >= 0 ? line[at..] : "")
            .FirstOrDefault(path => System.IO.Path.GetFileName(path.AsSpan()).StartsWith(name, StringComparison.Ordinal));
}
