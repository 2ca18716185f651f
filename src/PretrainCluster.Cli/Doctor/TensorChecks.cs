using System.Runtime.InteropServices;

namespace PretrainCluster.Cli.Doctor;

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
