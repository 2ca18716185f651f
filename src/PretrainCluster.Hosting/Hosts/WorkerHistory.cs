namespace PretrainCluster.Hosting.Hosts;

/// <summary>Writes a line for each worker process once it has ended.</summary>
sealed class WorkerHistory(RunFolder folder) : IDisposable
{
    readonly JsonLinesWriter<WorkerRecord> _lines = folder.AppendWorkers();
    readonly Dictionary<string, WorkerRecord> _running = [];
    readonly Dictionary<string, string> _slots = [];

    public void Hear(Message message, DateTimeOffset now)
    {
        switch (message)
        {
            case NodeAnnounced announced:
                foreach (var worker in announced.Workers)
                    Started(worker.Worker, worker.Slot);
                break;
            case WorkerReady ready when !_running.ContainsKey(ready.Worker):
                _running[ready.Worker] = new WorkerRecord(ready.Worker, _slots.GetValueOrDefault(ready.Worker, ""), ready.ProcessId, now, now, -1, -1, 0, 0, 0, 0, 0, "");
                break;
            case GenerationFormed formed when _running.GetValueOrDefault(formed.Worker) is { FirstStep: < 0 } joined:
                _running[formed.Worker] = joined with { FirstStep = formed.Step, LastStep = formed.Step };
                break;
            case Heartbeat beat when _running.GetValueOrDefault(beat.Worker) is { } known:
                _running[beat.Worker] = known with
                {
                    LastStep = Math.Max(known.LastStep, beat.Step),
                    StepP50 = beat.StepP50,
                    StepP95 = beat.StepP95,
                    ComputeP50 = beat.ComputeP50,
                    ClipsPerSecond = beat.ClipsPerSecond,
                    Memory = Math.Max(known.Memory, beat.Memory),
                };
                break;
            case WorkerEnded ended when _running.GetValueOrDefault(ended.Worker) is { } known:
                _running[ended.Worker] = known with { LastStep = Math.Max(known.LastStep, ended.Step), Reason = $"{ended.Outcome.ToString().ToLowerInvariant()}: {ended.Reason}" };
                break;
            case WorkerExited exited:
                _slots.Remove(exited.Worker);
                if (_running.Remove(exited.Worker, out var gone))
                    _lines.Append(gone with { Ended = now, Reason = gone.Reason.Length > 0 && exited.ExitCode == 0 ? gone.Reason : exited.Reason });
                break;
        }
    }

    public void Started(string worker, string slot) => _slots[worker] = slot;

    public void Dispose() => _lines.Dispose();
}
