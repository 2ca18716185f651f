using System.Globalization;
using System.Runtime.InteropServices;

namespace PretrainCluster.Training.Runs;

/// <summary>What this machine is, for reports.</summary>
public static class MachineInspection
{
    public static MachineFacts Inspect(string tensorEngine, string device, int threads) => new(
        Processor(),
        Environment.ProcessorCount,
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30), 1),
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
        tensorEngine,
        device,
        threads);

    static string Processor()
    {
        const string Facts = "/proc/cpuinfo";
        var model = File.Exists(Facts) ? File.ReadLines(Facts).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return model?[(model.IndexOf(':') + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString().ToLower(CultureInfo.InvariantCulture);
    }
}
