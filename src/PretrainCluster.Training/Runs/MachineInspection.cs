using System.Globalization;
using System.Runtime.InteropServices;

namespace PretrainCluster.Training.Runs;

/// <summary>What this machine is, for reports. Its arithmetic is known once a worker has loaded libtorch.</summary>
public static class MachineInspection
{
    public static MachineFacts Inspect(string device, int threads) => new(
        Processor(),
        Environment.ProcessorCount,
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30), 1),
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
        Arithmetic: "",
        Device: device,
        Threads: threads);

    static string Processor()
    {
        const string Facts = "/proc/cpuinfo";
        var model = File.Exists(Facts) ? File.ReadLines(Facts).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return model?[(model.IndexOf(':') + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString().ToLower(CultureInfo.InvariantCulture);
    }
}
