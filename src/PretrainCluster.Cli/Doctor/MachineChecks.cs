using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace PretrainCluster.Cli.Doctor;

/// <summary>What the machine itself has: runtime, processor, memory, disk.</summary>
static class MachineChecks
{
    const long MemoryToTrain = 2L << 30, DiskToTrain = 2L << 30;

    public static Finding Runtime() =>
        Environment.Version.Major >= 10
            ? new(".NET", FindingState.Good, RuntimeInformation.FrameworkDescription)
            : new(".NET", FindingState.Missing, $"{RuntimeInformation.FrameworkDescription}; 10 or later is needed", "install the .NET 10 SDK");

    public static Finding Processor()
    {
        var (name, cores) = (ProcessorName("/proc/cpuinfo"), Environment.ProcessorCount);
        var detail = $"{name}, {cores} {(cores == 1 ? "core" : "cores")}, {Capability()}";
        return !X86Base.IsSupported || Avx2.IsSupported
            ? new("processor", FindingState.Good, detail)
            : new("processor", FindingState.Warning, $"{detail}: without AVX2 training is several times slower", "use a machine (or a virtual machine's processor type) with AVX2");
    }

    /// <summary>The widest vectors that tensor kernels can use here.</summary>
    public static string Capability() =>
        Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : X86Base.IsSupported ? "SSE" : RuntimeInformation.ProcessArchitecture.ToString();

    public static string ProcessorName(string cpuinfo) =>
        File.Exists(cpuinfo) && File.ReadLines(cpuinfo).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':') + 1)..].Trim()
            : RuntimeInformation.ProcessArchitecture.ToString();

    public static Finding Memory()
    {
        var total = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var available = AvailableMemory("/proc/meminfo") ?? total;
        var detail = $"{Numbers.Bytes(Math.Min(available, total))} of {Numbers.Bytes(total)} available";
        return available >= MemoryToTrain
            ? new("memory", FindingState.Good, detail)
            : new("memory", FindingState.Warning, $"{detail}: small encoders need about {Numbers.Bytes(MemoryToTrain)}", "end other programs, or lower training.batch in the plan");
    }

    public static long? AvailableMemory(string meminfo)
    {
        if (!File.Exists(meminfo))
            return null;
        var line = File.ReadLines(meminfo).FirstOrDefault(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal));
        var number = line?["MemAvailable:".Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
        return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var kib) ? kib << 10 : null;
    }

    public static Finding Disk(string folder)
    {
        var existing = new DirectoryInfo(Path.GetFullPath(folder));
        while (!existing.Exists && existing.Parent is { } parent)
            existing = parent;

        var free = new DriveInfo(existing.FullName).AvailableFreeSpace;
        return free >= DiskToTrain
            ? new("disk", FindingState.Good, $"{Numbers.Bytes(free)} free for {folder}")
            : new("disk", FindingState.Warning, $"{Numbers.Bytes(free)} free for {folder}: checkpoints may not fit", $"make room, or write elsewhere: --runs FOLDER");
    }

    /// <summary>Creates and removes a file where runs are written.</summary>
    public static Finding Writing(string runs)
    {
        try
        {
            var existed = Directory.Exists(runs);
            Directory.CreateDirectory(runs);
            var probe = Path.Combine(runs, $".doctor-{Environment.ProcessId}");
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
            if (!existed)
                Directory.Delete(runs);
            return new("run folder", FindingState.Good, $"{Path.GetFullPath(runs)} can be written");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new("run folder", FindingState.Missing, exception.Message, $"chown or chmod {Path.GetFullPath(runs)}, or write elsewhere: --runs FOLDER");
        }
    }
}

/// <summary>Whether tensors can be computed with: libtorch, its threads and devices.</summary>
static class TensorChecks
{
    public static IEnumerable<Finding> All()
    {
        var engine = Engine();
        return engine.State == FindingState.Good ? [engine, Library(), Threads(get_num_threads()), Devices(torch.cuda.device_count())] : [engine];
    }

    /// <summary>More than one thread inside an operator takes cores from the micro-batches that run side by side.</summary>
    public static Finding Threads(int threads) =>
        threads == 1
            ? new("threads", FindingState.Good, "one inside an operator; micro-batches run side by side")
            : new("threads", FindingState.Warning, $"{threads} inside every operator of every micro-batch", "unset OMP_NUM_THREADS MKL_NUM_THREADS");

    static Finding Engine()
    {
        try
        {
            using var sum = torch.ones(2, 2).sum();
            return new("libtorch", FindingState.Good, torch.Fingerprint);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or TypeInitializationException or NotSupportedException or ExternalException)
        {
            return new("libtorch", FindingState.Missing, (exception.InnerException ?? exception).Message, "delete the folders bin and obj beside the program, then start ./pretrain again: it builds anew");
        }
    }

    /// <summary>Which copy of TorchSharp's native half is loaded, and whether the build mended it (src/PretrainCluster.Tensors/OldLibstdcxx.targets).</summary>
    static Finding Library()
    {
        var path = LoadedLibrary.Path("libLibTorchSharp")!;
        var note = Path.ChangeExtension(path, ".mended.txt");
        return new("TorchSharp", FindingState.Good, File.Exists(note) ? $"{path} (mended for this machine's older libstdc++, see {Path.GetFileName(note)})" : path);
    }

    static Finding Devices(int gpus) =>
        new("devices", FindingState.Good, gpus == 0 ? "cpu" : $"cpu, {string.Join(", ", Enumerable.Range(0, gpus).Select(i => $"cuda:{i}"))}");
}
