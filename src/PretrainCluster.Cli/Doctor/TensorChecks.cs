using System.Runtime.InteropServices;

namespace PretrainCluster.Cli.Doctor;

/// <summary>Whether tensors can be computed with: the engine's libraries, their threads and devices.</summary>
static partial class TensorChecks
{
    public static IEnumerable<Finding> All()
    {
        var engine = Engine();
        return engine.State == FindingState.Good ? [.. Libraries(), engine, Threads(torch.Threads()), Devices(torch.cuda.device_count())] : [.. Libraries(), engine];
    }

    /// <summary>More than one thread inside an operator takes cores from the micro-batches that run side by side.</summary>
    public static Finding Threads((int Torch, int Blas) threads) =>
        threads is (1, 1)
            ? new("threads", FindingState.Good, "one inside an operator; micro-batches run side by side")
            : new("threads", FindingState.Warning, $"{threads.Torch} in libtorch, {threads.Blas} in its BLAS, inside every operator of every micro-batch", "unset OMP_NUM_THREADS OPENBLAS_NUM_THREADS MKL_NUM_THREADS");

    static Finding Engine()
    {
        try
        {
            using var sum = torch.ones(2, 2).sum();
            return new("tensor engine", FindingState.Good, Name + torch.Fingerprint);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or TypeInitializationException or NotSupportedException or ExternalException)
        {
            return new("tensor engine", FindingState.Missing, (exception.InnerException ?? exception).Message, Mend);
        }
    }

    static Finding Devices(int gpus) =>
        new("devices", FindingState.Good, gpus == 0 ? "cpu" : $"cpu, {string.Join(", ", Enumerable.Range(0, gpus).Select(i => $"cuda:{i}"))}");
}
