using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace PretrainCluster.Hosting.Agents;

/// <summary>
/// Starts worker processes, each in a session of its own: a Ctrl-C at the terminal and the host's own end leave it alone, so that another host can
/// adopt it.
/// </summary>
static class WorkerProcess
{
    /// <summary>Batches are loaded and gradients exchanged beside what a user does on the machine.</summary>
    const int Niceness = 5;

    /// <summary>The exit code of a process that SIGKILL ended.</summary>
    public const int Killed = -9;

    const int FirstSignalCode = 129, LastSignalCode = 192;

    /// <exception cref="IOException">The program cannot be started.</exception>
    public static Process Start(WorkerProgram program, WorkerArguments arguments, string log)
    {
        // One process becomes the next, so the id that comes back is the worker's.
        const string Detach = "exec </dev/null >>\"$0\" 2>&1; exec setsid nice -n \"$@\"";
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        foreach (var part in (string[])["-c", Detach, log, Niceness.ToString(CultureInfo.InvariantCulture), program.File, .. program.Arguments, .. arguments.ToCommandLine()])
            start.ArgumentList.Add(part);
        // A lane is one thread; the libraries must not add their own below it.
        foreach (var variable in (string[])["OMP_NUM_THREADS", "MKL_NUM_THREADS"])
            start.Environment[variable] = "1";
        // Blocks that tensors leave are kept for the next ones in one heap, for all threads (docs/tensor-engine.md).
        start.Environment.TryAdd("MALLOC_ARENA_MAX", "1");
        try
        {
            return Process.Start(start) ?? throw new IOException("no process was started");
        }
        catch (Win32Exception failure)
        {
            throw new IOException($"a worker cannot be started: {failure.Message}", failure);
        }
    }

    /// <summary>.NET tells a signal as 128 and its number; the messages tell it as a negative number.</summary>
    public static int ExitCode(Process ended) =>
        ended.ExitCode is >= FirstSignalCode and <= LastSignalCode and var code ? 128 - code : ended.ExitCode;

    public static string Describe(int exitCode) => exitCode switch
    {
        0 => "ended",
        Killed => "killed (signal 9)",
        -11 => "crashed (signal 11, segmentation fault)",
        -6 => "aborted (signal 6)",
        < 0 => $"ended by signal {-exitCode}",
        _ => $"ended with code {exitCode}",
    };
}

/// <summary>The command that becomes a worker process; the agent adds the arguments of <see cref="Workers.WorkerArguments"/>.</summary>
/// <param name="File">a program, found as a shell finds it</param>
/// <param name="Arguments">before those of the agent</param>
public sealed record WorkerProgram(string File, IReadOnlyList<string> Arguments)
{
    /// <summary>The hidden verb of an assembly of this build, under the same .NET as this process.</summary>
    /// <param name="assembly">path of pretrain.dll</param>
    public static WorkerProgram Of(string assembly)
    {
        var dotnet = Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own
            : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } known ? known
            : "dotnet";
        return new WorkerProgram(dotnet, [assembly, "worker"]);
    }
}

/// <summary>Signals to processes by their id.</summary>
public static partial class Signals
{
    const int KillNumber = 9;

    /// <summary>SIGKILL; a process that is gone already is no error.</summary>
    public static void Kill(int process) => Send(process, KillNumber);

    public static void Send(int process, int signal) => _ = SendSignal(process, signal);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
