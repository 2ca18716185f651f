using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace PretrainCluster.Tensors;

/// <summary>What TorchSharp's <c>torch</c> lacks for training whose bits are promised.</summary>
public static class TorchExtensions
{
    static readonly Lazy<string> s_fingerprint = new(Describe);

    extension(torch)
    {
        /// <summary>What has to be equal for results to be equal to the bit on CPUs: TorchSharp, libtorch, MKL and its branch, vector width, processor.</summary>
        public static string Fingerprint => s_fingerprint.Value;

        /// <summary>
        /// Whether operators without a deterministic kernel throw instead of giving bits that change (CUDA has some; a CPU has none).
        /// As <c>torch.use_deterministic_algorithms</c> in PyTorch; cuDNN then takes deterministic convolutions too.
        /// </summary>
        public static bool DeterministicAlgorithms
        {
            get => LibtorchExports.DeterministicAlgorithms;
            set => LibtorchExports.DeterministicAlgorithms = value;
        }

        /// <summary>Hands back to the system what the C library keeps for the next tensors, where these will have other sizes.</summary>
        public static void ReleaseFreedMemory()
        {
            if (OperatingSystem.IsLinux())
                _ = malloc_trim(0);
        }

        /// <summary>
        /// Mixed precision on the calling thread until the result is disposed: matrix products and convolutions in <paramref name="type"/>, sums and norms in fp32,
        /// as <c>torch.autocast</c> in PyTorch with <c>cache_enabled=False</c>.
        /// </summary>
        public static IDisposable Autocast(DeviceType device, ScalarType type = ScalarType.BFloat16) => new AutocastScope(device, type);
    }

    [DllImport("libc")]
    static extern int malloc_trim(nuint keep);

    sealed class AutocastScope : IDisposable
    {
        readonly DeviceType _device;
        readonly ScalarType _type;
        readonly bool _before;

        public AutocastScope(DeviceType device, ScalarType type)
        {
            (_device, _type, _before) = (device, type, LibtorchExports.IsAutocastEnabled(device));
            LibtorchExports.SetAutocastCache(false);
            LibtorchExports.SetAutocast(device, true, type);
        }

        public void Dispose() => LibtorchExports.SetAutocast(_device, _before, _type);
    }

    static string Describe() =>
        $"TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)}, libtorch {__version__}, {LibtorchExports.Blas ?? "BLAS unknown"}, {VectorWidth()}, {Processor()}";

    static string VectorWidth() =>
        (Environment.GetEnvironmentVariable("ATEN_CPU_CAPABILITY")
        ?? (Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported ? "avx512" : Avx2.IsSupported && Fma.IsSupported ? "avx2" : "default")).ToUpperInvariant();

    // oneDNN chooses its blocks by the processor's caches too, so one model's bits are not promised on another.
    static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line ? line[(line.IndexOf(':') + 1)..].Trim() : "processor unknown";
}
