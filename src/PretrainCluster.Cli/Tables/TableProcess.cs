using System.Diagnostics;
using PretrainCluster.Hosting.Agents;

namespace PretrainCluster.Cli.Tables;

/// <summary>A `pretrain` command in a process of its own, which writes to a log.</summary>
sealed class TableProcess : IDisposable
{
    const int Terminate = 15;
    static readonly TimeSpan s_heard = TimeSpan.FromSeconds(1);

    readonly Process _process;
    readonly StreamWriter _log;
    readonly Task _reading;
    volatile string _lastError = "";
    volatile bool _isStopping;

    TableProcess(Process process, string log)
    {
        _process = process;
        _log = new StreamWriter(log, append: true) { AutoFlush = true };
        _reading = Task.WhenAll(Copy(process.StandardOutput, isError: false), Copy(process.StandardError, isError: true));
    }

    /// <param name="log">file that gets what it prints</param>
    public static TableProcess Start(string log, params IEnumerable<string> arguments)
    {
        var program = WorkerCommand.Program;
        var start = new ProcessStartInfo(program.File) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var part in (string[])[program.Arguments[0], .. arguments])
            start.ArgumentList.Add(part);
        return new TableProcess(Process.Start(start) ?? throw new IOException($"{program.File} did not start"), log);
    }

    /// <summary>What it said last of what went wrong.</summary>
    public string LastError => _lastError;

    /// <summary>Waits for its end.</summary>
    /// <param name="cancellation">asks it to stop; it is waited for all the same, since it writes a checkpoint then</param>
    /// <returns>the exit code</returns>
    public async Task<int> Wait(CancellationToken cancellation)
    {
        using var stop = cancellation.Register(() => _ = Stop());
        await _process.WaitForExitAsync(CancellationToken.None);
        await _reading;
        return _process.ExitCode;
    }

    // Ctrl-C on a terminal goes to every process there, and a second signal would end it at once: it is asked only where it was not. SIGTERM, since what a script starts
    // in the background ignores SIGINT.
    async Task Stop()
    {
        await Task.Delay(s_heard);
        if (!_isStopping && !_process.HasExited)
            Signals.Send(_process.Id, Terminate);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
        _process.Dispose();
        _log.Dispose();
    }

    async Task Copy(StreamReader reader, bool isError)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            if (isError && line.StartsWith(Interruption.Answer, StringComparison.Ordinal))
                _isStopping = true;
            else if (isError && line.Length > 0 && line != Entry.TraceHint)
                _lastError = line;
            lock (_log)
                _log.WriteLine(line);
        }
    }
}
