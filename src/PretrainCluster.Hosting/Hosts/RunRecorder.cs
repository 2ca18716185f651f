namespace PretrainCluster.Hosting.Hosts;

/// <summary>
/// Keeps a run's folder as the run goes on: run.json, metrics, events, generations, workers, TensorBoard. Whatever is said twice, because a worker or a
/// coordinator died in between, stands there once. One thread at a time.
/// </summary>
public sealed class RunRecorder : IDisposable
{
    const string RejectedCheckpoint = "rejected", StageBegun = "stage";

    readonly RunFacts _facts;
    readonly RunFolder _folder;
    readonly IRunObserver _observer;
    readonly TimeProvider _clock;
    readonly JsonLinesWriter<StepMetrics> _metrics;
    readonly JsonLinesWriter<RunEvent> _events;
    readonly JsonLinesWriter<GenerationRecord> _generations;
    readonly TensorBoardWriter _board;
    readonly WorkerHistory _workers;
    readonly JsonLinesWriter<MonitorMetrics>? _monitored;
    readonly CheckpointMonitor? _monitor;
    GenerationBegun? _forming;
    bool _opened;

    /// <exception cref="InputException">The folder holds a run of another plan or dataset.</exception>
    public RunRecorder(RunFacts facts, RunFolder folder, IRunObserver observer, TimeProvider clock)
    {
        (_facts, _folder, _observer, _clock) = (facts, folder, observer, clock);
        Info = Begin();
        folder.WritePlan(PlanText.Write(facts.Plan));
        folder.WriteInfo(Info);
        _metrics = folder.AppendMetrics();
        _events = folder.AppendEvents();
        _generations = folder.AppendGenerations();
        _workers = new WorkerHistory(folder);
        _board = new TensorBoardWriter(folder.TensorBoardFolder, Info.Started, folder.ReadMetrics());
        if (facts.Plan.Evaluation.Monitor.EveryEpochs == 0)
            return;
        _monitored = folder.AppendMonitor();
        var measured = folder.ReadMonitor();
        foreach (var metrics in measured)
            _board.Write(metrics, Info.Seconds);
        _monitor = new CheckpointMonitor(facts, folder, measured);
    }

    public RunInfo Info { get; private set; }

    /// <summary>Whether the monitor still has a checkpoint to measure.</summary>
    public bool IsMonitoring => _monitor?.IsBusy == true;

    /// <summary>Whether the folder said that the run goes on, as it does after a host that was killed.</summary>
    public bool WasUnderWay { get; private set; }

    /// <summary>How the newest worker that ended said that it did; what the run's end may be due to.</summary>
    public WorkerOutcome? LastOutcome { get; private set; }

    /// <exception cref="InputException">The folder holds a run of another plan or dataset.</exception>
    public static void CheckSamePlan(RunFolder folder, RunFacts facts)
    {
        if (!folder.Exists)
            return;
        var (known, plan) = (folder.ReadInfo(), facts.Plan.Digest());
        if (known.PlanSha256 != plan)
            throw new InputException($"{folder.Path} holds a run of another plan (digest {known.PlanSha256[..12]}, this one is {plan[..12]}): choose another name with --set name=NAME, or remove the folder");
        if (known.DatasetSha256 != facts.DatasetSha256)
            throw new InputException($"{folder.Path} was trained on another version of {facts.Plan.Data.Dataset} (digest {known.DatasetSha256[..12]}, now {facts.DatasetSha256[..12]}): choose another name with --set name=NAME, or restore the dataset");
    }

    /// <summary>What a worker or the agent says.</summary>
    public void Hear(Message message)
    {
        TakeMonitored();
        _workers.Hear(message, _clock.GetUtcNow());
        switch (message)
        {
            case WorkerReady ready:
                Info = Info with { Machine = Info.Machine with { Arithmetic = ready.Fingerprint } };
                break;
            case StepsApplied applied:
                foreach (var step in applied.Steps)
                    Applied(step);
                break;
            case GenerationFormed formed:
                Formed(formed);
                break;
            case WorkerNote note:
                Tell(note.Kind switch { RejectedCheckpoint => RunEventKind.Rejected, StageBegun => RunEventKind.Stage, _ => RunEventKind.Note }, note.Text);
                break;
            case WorkerEnded ended:
                LastOutcome = ended.Outcome;
                break;
        }
    }

    /// <summary>An order that was given to the agent.</summary>
    public void Order(AgentOrder order)
    {
        if (order is StartWorker start)
            _workers.Started(start.Worker, start.Slot);
    }

    /// <summary>A fact that the ledger has taken.</summary>
    public void Keep(LedgerEntry entry)
    {
        switch (entry)
        {
            case RunSubmitted { By: { Length: > 0 } by } when Info.By is null:
                Info = Info with { By = by };
                _folder.WriteInfo(Info);
                break;
            case GenerationBegun begun:
                EndForming();
                _forming = begun;
                break;
            case CheckpointCommitted checkpoint:
                _folder.WriteInfo(Info);
                _monitor?.Offer(checkpoint.Step);
                Tell(RunEventKind.Checkpoint, $"step {checkpoint.Step}, {checkpoint.Digest[..Math.Min(12, checkpoint.Digest.Length)]}");
                break;
            case RunEnded ended:
                End(ended);
                break;
        }
    }

    /// <summary>A line of the coordinator's for the log.</summary>
    public void Note(Record record)
    {
        RunEventKind? kind = record.Kind switch
        {
            RecordKind.Generation => RunEventKind.Generation,
            RecordKind.WorkerLost => RunEventKind.WorkerLost,
            RecordKind.Placed => RunEventKind.Placed,
            RecordKind.Scaled => RunEventKind.Scaled,
            RecordKind.Paused => RunEventKind.Paused,
            RecordKind.Resumed => RunEventKind.Resumed,
            RecordKind.Stopping => RunEventKind.Stopping,
            RecordKind.Evaluation => RunEventKind.Evaluation,
            RecordKind.CheckpointRefused or RecordKind.Node => RunEventKind.Note,
            _ => null,
        };
        if (kind is { } told)
            Tell(told, record.Text, record.By);
    }

    /// <summary>The host itself cannot go on.</summary>
    public void Fail(string reason)
    {
        Info = Info with { Status = RunStatus.Failed, Reason = reason, Ended = _clock.GetUtcNow() };
        _folder.WriteInfo(Info);
        Tell(RunEventKind.Failed, reason);
    }

    /// <summary>Records what the monitor has measured meanwhile.</summary>
    public void TakeMonitored()
    {
        foreach (var (metrics, note) in _monitor?.Take() ?? [])
        {
            if (metrics is null)
            {
                Tell(RunEventKind.Note, note);
                continue;
            }
            _monitored!.Append(metrics);
            _board.Write(metrics, Info.Seconds);
            _observer.Monitored(metrics);
        }
    }

    /// <param name="by">the user whose request it follows from</param>
    public void Tell(RunEventKind kind, string text, string? by = null)
    {
        var runEvent = new RunEvent(_clock.GetUtcNow(), Info.Step, kind, text, by);
        _events.Append(runEvent);
        _observer.Event(runEvent);
    }

    public void Dispose()
    {
        EndForming();
        _monitor?.Dispose();
        TakeMonitored();
        _monitored?.Dispose();
        _metrics.Dispose();
        _events.Dispose();
        _generations.Dispose();
        _workers.Dispose();
        _board.Dispose();
    }

    RunInfo Begin()
    {
        CheckSamePlan(_folder, _facts);
        var machine = MachineInspection.Inspect(_facts.Plan.Workers.Device, Lanes.OfWorker(_facts.Plan));
        var before = _folder.Exists ? _folder.ReadInfo() : null;
        WasUnderWay = before?.Status == RunStatus.Running;
        var last = _folder.ReadMetrics() is [.., var newest] ? newest : null;
        return new RunInfo
        {
            Name = _facts.Plan.Name,
            Status = RunStatus.Running,
            PlanSha256 = _facts.Plan.Digest(),
            DatasetSha256 = _facts.DatasetSha256,
            Step = last?.Step ?? 0,
            Steps = _facts.Steps,
            Epochs = PlanStages.Of(_facts.Plan).Sum(stage => stage.Training.Epochs),
            Stages = _facts.Stages,
            FromSha256 = _facts.Plan.FromSha256,
            Parameters = _facts.Parameters,
            By = before?.By,
            Started = before?.Started ?? _clock.GetUtcNow(),
            Seconds = last?.Seconds ?? 0,
            Machine = machine with { Arithmetic = before?.Machine.Arithmetic ?? "" },
        };
    }

    // Steps that are done again, after a checkpoint was read, give the numbers that stand there already.
    void Applied(AppliedStep step)
    {
        if (step.Step <= Info.Step)
            return;
        Info = Info with { Step = step.Step, Seconds = Info.Seconds + step.Seconds };
        var stage = Info.StageOf(step.Step);
        var line = new StepMetrics(step.Step, step.Epoch, step.Loss, step.LearningRate, step.GradientNorm, (stage?.Batch ?? _facts.Batch) / step.Seconds, Info.Seconds, stage?.Name);
        _metrics.Append(line);
        _board.Write(line);
        _observer.Step(line, Info);
    }

    // Rank 0 is the one that reads a checkpoint where nobody has a state, so its word alone says whether that was so.
    void Formed(GenerationFormed formed)
    {
        if (_forming is not { } begun || begun.Generation != formed.Generation || begun.Members[0].Worker != formed.Worker)
            return;
        if (!_opened)
            Open(formed);
        _forming = null;
        _generations.Append(new GenerationRecord(begun.Generation, begun.At, _clock.GetUtcNow(), formed.Step, [.. begun.Members.Select(m => m.Worker)], begun.Reason, formed.Redone, formed.Restored));
    }

    void Open(GenerationFormed formed)
    {
        _opened = true;
        if (formed.Restored is { } digest && formed.Step > 0)
            Tell(RunEventKind.Resumed, $"from the checkpoint of step {formed.Step} of {Info.Steps}, {digest[..Math.Min(12, digest.Length)]}");
        else if (formed.Step == 0)
            Tell(RunEventKind.Started, string.Join(", then ", _facts.Stages?.Select(stage => $"{stage.LastStep - stage.FirstStep + 1} steps of {stage.Batch} clips ({stage.Name})") ?? [$"{Info.Steps} steps of {_facts.Batch} clips"]));
    }

    void EndForming()
    {
        if (_forming is { } begun)
            _generations.Append(new GenerationRecord(begun.Generation, begun.At, null, Info.Step, [.. begun.Members.Select(m => m.Worker)], begun.Reason, 0, null));
        _forming = null;
    }

    void End(RunEnded ended)
    {
        var status = ended.End switch
        {
            RunEnd.Finished => RunStatus.Finished,
            RunEnd.Cancelled when ended.Reason == LocalHost.Interruption => RunStatus.Interrupted,
            RunEnd.Cancelled => RunStatus.Cancelled,
            _ => RunStatus.Failed,
        };
        Info = Info with
        {
            Status = status,
            Step = status == RunStatus.Finished ? Info.Steps : Info.Step,
            Reason = status == RunStatus.Finished ? null : ended.Reason,
            WeightsSha256 = ended.WeightsSha256,
            Ended = _clock.GetUtcNow(),
        };
        _folder.WriteInfo(Info);
        switch (status)
        {
            case RunStatus.Finished:
                Tell(RunEventKind.Finished, $"{Info.Steps} steps in {TimeSpan.FromSeconds(Info.Seconds):hh\\:mm\\:ss}; weights {Info.WeightsSha256}");
                break;
            case RunStatus.Failed:
                Tell(RunEventKind.Failed, ended.Reason);
                break;
            default:
                Tell(status == RunStatus.Cancelled ? RunEventKind.Cancelled : RunEventKind.Interrupted, $"{ended.Reason} after step {Info.Step} of {Info.Steps}; the same command goes on from there");
                break;
        }
    }
}
