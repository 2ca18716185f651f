using System.Diagnostics;
using System.Globalization;

namespace PretrainCluster.Bench;

/// <summary>A process that steps when it is told to: it says "ready", then answers each line, a number of steps, with the wall-clock and processor seconds they took.</summary>
sealed class StepProcess : IDisposable
{
    readonly Process _process;

    StepProcess(Process process) => _process = process;

    /// <summary>The process once it is ready, or what it said last.</summary>
    public static (StepProcess? Process, string? Missing) Start(ProcessStartInfo start)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        var process = Process.Start(start)!;
        var said = new List<string>();
        process.ErrorDataReceived += (_, line) => said.Add(line.Data ?? "");
        process.BeginErrorReadLine();
        if (process.StandardOutput.ReadLine() == "ready")
            return (new StepProcess(process), null);
        process.WaitForExit();
        return (null, $"it ended at once: {said.LastOrDefault(line => line.Length > 0)}");
    }

    public Timing Run(int steps)
    {
        _process.StandardInput.WriteLine(steps);
        var seconds = (_process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("A process that was measured ended.")).Split(' ');
        return new(double.Parse(seconds[0], CultureInfo.InvariantCulture), double.Parse(seconds[1], CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
