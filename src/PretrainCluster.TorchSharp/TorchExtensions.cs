using System.Runtime.Intrinsics.X86;

namespace PretrainCluster.TorchSharp;

/// <summary>What <c>PretrainCluster.LibTorch.torch</c> has beside TorchSharp's API, under the same names.</summary>
public static class TorchExtensions
{
    static readonly Lazy<string> s_fingerprint = new(Describe);

    extension(torch)
    {
        /// <summary>What has to be equal for results to be equal to the bit on CPUs: libtorch, BLAS with its kernel family, vector width.</summary>
        public static string Fingerprint => s_fingerprint.Value;

        /// <summary>Threads of libtorch and of its BLAS, as seen by the calling thread.</summary>
        public static (int Torch, int Blas) Threads()
        {
            var threads = get_num_threads();
            return (threads, Blas.Threads ?? threads);
        }
    }

    static string Describe()
    {
        InitializeDeviceType(DeviceType.CPU);
        var library = LoadedLibrary.Path("libtorch_cpu")!;
        // One version is built in more ways than one, and the package's file does not carry its version in its name.
        var libtorch = $"{Path.GetFileName(library)} of {new FileInfo(library).Length} bytes";
        // A BLAS inside libtorch chooses its kernels by the processor.
        return $"TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)} | {libtorch} | {Blas.Name ?? Processor()} | {VectorWidth()}";
    }

    static string VectorWidth() =>
        Environment.GetEnvironmentVariable("ATEN_CPU_CAPABILITY")
        ?? (Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported ? "avx512" : Avx2.IsSupported && Fma.IsSupported ? "avx2" : "default");

    static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line ? line[(line.IndexOf(':') + 1)..].Trim() : "processor unknown";
}
