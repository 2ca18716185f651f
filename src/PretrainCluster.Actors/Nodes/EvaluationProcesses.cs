using System.ComponentModel;
using System.Diagnostics;
using PretrainCluster.Hosting.Agents;

namespace PretrainCluster.Actors.Nodes;

/// <summary>Evaluates each checkpoint in a process of its own: the `pretrain evaluate` that a user could type.</summary>
/// <param name="program">becomes `pretrain evaluate`; the checkpoint and the folder of the runs are added</param>
sealed class EvaluationProcesses(WorkerProgram program, string runs) : IEvaluations, IDisposable
{
    readonly Lock _gate = new();
    readonly Dictionary<string, (RunningEvaluation Place, Process Process)> _running = [];

    public IReadOnlyList<RunningEvaluation> Running
    {
        get
        {
            lock (_gate)
                return [.. _running.Values.Select(r => r.Place)];
        }
    }

    public void Start(StartEvaluation order, Action<EvaluationEnded> ended)
    {
        try
        {
            var start = new ProcessStartInfo(program.File) { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (var part in (string[])[.. program.Arguments, $"{order.Run}@{order.Step}", "--runs", runs])
                start.ArgumentList.Add(part);
            var process = Process.Start(start) ?? throw new IOException("no process was started");
            lock (_gate)
                _running[order.Evaluation] = (new RunningEvaluation(order.Evaluation, order.Slot), process);
            _ = Watch(order, process, ended);
        }
        catch (Exception failure) when (failure is Win32Exception or IOException)
        {
            ended(new EvaluationEnded(order.Evaluation, false, failure.Message));
        }
    }

    public void Stop(StopEvaluation order)
    {
        lock (_gate)
        {
            if (_running.TryGetValue(order.Evaluation, out var running))
                running.Process.Kill(entireProcessTree: true);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var (_, process) in _running.Values)
                process.Kill(entireProcessTree: true);
        }
    }

    async Task Watch(StartEvaluation order, Process process, Action<EvaluationEnded> ended)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var said = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        var succeeded = process.ExitCode == 0;
        var reason = said.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        lock (_gate)
            _running.Remove(order.Evaluation);
        ended(new EvaluationEnded(order.Evaluation, succeeded, succeeded ? "" : reason ?? $"it ended with code {process.ExitCode}"));
        process.Dispose();
    }
}
