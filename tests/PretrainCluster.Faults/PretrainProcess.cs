using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace PretrainCluster.Faults;

/// <summary>The real `pretrain` command in a process of its own, which can be sent real signals.</summary>
public sealed partial class PretrainProcess : IDisposable
{
    readonly Process _process;
    readonly StringBuilder _output = new();

    PretrainProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += Collect;
        process.ErrorDataReceived += Collect;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <param name="arguments">of the command, e.g. run plan.yaml</param>
    /// <param name="workingDirectory">where runs/ and data/ are</param>
    public static PretrainProcess Start(string workingDirectory, params IEnumerable<string> arguments) =>
        Start(workingDirectory, arguments, new Dictionary<string, string>());

    /// <param name="environment">added to this process's own</param>
    public static PretrainProcess Start(string workingDirectory, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment) =>
        StartOn([], workingDirectory, arguments, environment);

    /// <param name="before">what the command line begins with, e.g. nsenter and its options; it must become the command, not start it</param>
    public static PretrainProcess StartOn(IReadOnlyList<string> before, string workingDirectory, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        string[] line = [.. before, "dotnet", Path.Combine(AppContext.BaseDirectory, "pretrain.dll"), .. arguments];
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new PretrainProcess(Process.Start(start) ?? throw new InvalidOperationException($"{line[0]} did not start"));
    }

    /// <summary>Everything printed so far, both streams.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public void Signal(int signal)
    {
        if (!_process.HasExited)
            _ = SendSignal(_process.Id, signal);
    }

    /// <summary>SIGKILL: the process gets no chance to clean up.</summary>
    public void Kill() => Signal(9);

    /// <summary>A signal for a process that this one did not start; it is no error if it is gone already.</summary>
    public static void Signal(int process, int signal) => _ = SendSignal(process, signal);

    /// <returns>true if it ended in time</returns>
    public bool WaitFor(TimeSpan time) => _process.WaitForExit(time);

    /// <returns>the exit code</returns>
    public int Wait(TimeSpan limit)
    {
        if (!_process.WaitForExit(limit))
        {
            Kill();
            throw new TimeoutException($"pretrain did not end within {limit}; it printed:\n{Output}");
        }
        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
    }

    void Collect(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not null)
            lock (_output)
                _output.AppendLine(line.Data);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
