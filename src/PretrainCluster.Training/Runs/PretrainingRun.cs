using System.Diagnostics;
using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Weights;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Checkpoints;
using PretrainCluster.Training.Evaluation;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Training.Runs;

/// <summary>
/// One run in its folder, from wherever it stands to its last step. Stopped at any moment, by a signal or by kill -9, it goes on when it is
/// opened again, and ends with the same bits.
/// </summary>
public sealed class PretrainingRun : IDisposable
{
    readonly Plan _plan;
    readonly IRunObserver _observer;
    readonly TimeProvider _clock;
    readonly RunLock _lock;
    readonly Device _device;
    readonly TrainingSet _set;
    readonly Trainer _trainer;
    readonly RunCheckpoints _checkpoints;
    readonly JsonLinesWriter<RunEvent> _events;
    readonly long _checkpointEvery;
    RunInfo _info;

    PretrainingRun(Plan plan, RunFolder folder, RunLock runLock, SkeletonDataset dataset, Device device, IRunObserver observer, TimeProvider clock)
    {
        (_plan, Folder, _lock, Dataset, _device, _observer, _clock) = (plan, folder, runLock, dataset, device, observer, clock);
        _set = new TrainingSet(plan, dataset);
        _trainer = new Trainer(plan, _set.Clip, Lanes(plan), _device);
        _checkpoints = new RunCheckpoints(plan, folder, dataset);
        _checkpointEvery = plan.Checkpoints.EverySteps > 0 ? plan.Checkpoints.EverySteps : Math.Max(1, _set.Order.SamplesPerEpoch / _set.Order.Batch);
        _events = folder.AppendEvents();
        _info = new RunInfo
        {
            Name = plan.Name,
            Status = RunStatus.Running,
            PlanSha256 = plan.Digest(),
            DatasetSha256 = dataset.Digest,
            Step = 0,
            Steps = _set.Steps,
            Epochs = plan.Training.Epochs,
            Parameters = _trainer.Parameters,
            Started = clock.GetUtcNow(),
            Seconds = 0,
            Machine = MachineInspection.Inspect(torch.Fingerprint, plan.Workers.Device, _trainer.Lanes),
        };
    }

    public RunFolder Folder { get; }
    public SkeletonDataset Dataset { get; }
    public RunInfo Info => _info;

    /// <summary>Micro-batches, or batches of an evaluation, that a plan computes at a time on a CPU.</summary>
    public static int Lanes(Plan plan) => plan.Workers.Threads > 0 ? plan.Workers.Threads : Environment.ProcessorCount;

    /// <exception cref="InputException">The plan and its dataset do not fit, or the folder holds a run of another plan.</exception>
    public static PretrainingRun Open(Plan plan, string runs, IRunObserver observer, TimeProvider clock)
    {
        var folder = RunFolder.At(runs, plan.Name);
        var device = torch.device(plan.Workers.Device);
        var dataset = SkeletonDataset.Open(plan.Data.Dataset);
        RunLock? runLock = null;
        try
        {
            CheckSamePlan(plan, folder, dataset);
            Directory.CreateDirectory(folder.Path);
            runLock = RunLock.Acquire(folder.Path);
            return new PretrainingRun(plan, folder, runLock, dataset, device, observer, clock);
        }
        catch
        {
            runLock?.Dispose();
            dataset.Dispose();
            throw;
        }
    }

    /// <summary>Trains to the last step and returns the finished run; returns at once where it is finished already.</summary>
    /// <exception cref="OperationCanceledException">Stopped on request; a checkpoint of the last applied step was written.</exception>
    /// <exception cref="NonFiniteLossException">A loss was not finite.</exception>
    public RunInfo Train(CancellationToken cancellation)
    {
        Resume();
        if (_info.Status == RunStatus.Finished)
            return _info;
        Folder.WritePlan(PlanText.Write(_plan));
        Folder.WriteInfo(_info);
        _observer.Stage("pretraining", _info);
        try
        {
            TrainFrom(_info.Step, cancellation);
        }
        catch (OperationCanceledException)
        {
            Save();
            End(RunStatus.Interrupted, "stopped on request");
            Tell(RunEventKind.Interrupted, $"stopped after step {_info.Step} of {_info.Steps}; the same command goes on from there");
            throw;
        }
        catch (Exception failure)
        {
            TryRecord(failure);
            throw;
        }
        Save();
        _info = _info with { WeightsSha256 = WeightsSha256() };
        End(RunStatus.Finished, null);
        Tell(RunEventKind.Finished, $"{_info.Steps} steps in {TimeSpan.FromSeconds(_info.Seconds):hh\\:mm\\:ss}; weights {_info.WeightsSha256}");
        return _info;
    }

    /// <summary>The evaluations that the plan asks for, of the weights as they are now.</summary>
    public IReadOnlyList<EvaluationResult> Evaluate(CancellationToken cancellation)
    {
        var before = Folder.ReadEvaluations().Count;
        var results = new RunEvaluation(_plan, Dataset, Folder, _device, _observer, _clock).Run(_trainer.Objective.Encoder, _checkpoints.LastDigest, _info, cancellation);
        if (Folder.ReadEvaluations().Count - before is > 0 and var added)
            Tell(RunEventKind.Evaluation, $"{added} evaluations");
        return results;
    }

    public void Dispose()
    {
        _events.Dispose();
        _trainer.Dispose();
        Dataset.Dispose();
        _lock.Dispose();
    }

    void TrainFrom(long first, CancellationToken cancellation)
    {
        using var metrics = Folder.AppendMetrics();
        using var board = new TensorBoardWriter(Folder.TensorBoardFolder, _info.Started, Folder.ReadMetrics());
        using var loader = _set.LoadFrom(first);
        using var exchange = new SoloExchange(generation: 0);
        var watch = Stopwatch.StartNew();
        var before = _info.Seconds;
        for (var step = first; step < _set.Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            var started = watch.Elapsed.TotalSeconds;
            var batch = loader.Next();
            var result = _trainer.Step(batch, _set.Order.Epochs(step), exchange, boundary: false);
            if (!result.Applied)
                throw new NonFiniteLossException(step + 1, result.Loss, Names(batch), _checkpoints.LastStep);
            loader.Return(batch);

            var now = watch.Elapsed.TotalSeconds;
            _info = _info with { Step = step + 1, Seconds = before + now };
            var line = new StepMetrics(step + 1, _set.Order.Epochs(step + 1), result.Loss, result.LearningRate, result.GradientNorm, _set.Order.Batch / (now - started), _info.Seconds);
            metrics.Append(line);
            board.Write(line);
            _observer.Step(line, _info);
            if ((step + 1) % _checkpointEvery == 0 && step + 1 < _set.Steps)
                Save();
        }
    }

    void Resume()
    {
        var restored = _checkpoints.Restore(_trainer);
        foreach (var rejection in restored.Rejected)
            Tell(RunEventKind.Rejected, rejection);
        Folder.TruncateMetrics(restored.Step);
        _info = _info with { Step = restored.Step, Seconds = restored.Seconds, Started = Folder.Exists ? Folder.ReadInfo().Started : _info.Started };
        if (restored.Step == _set.Steps)
            _info = _info with { Status = RunStatus.Finished, WeightsSha256 = WeightsSha256(), Ended = Folder.Exists ? Folder.ReadInfo().Ended : null };
        else if (restored.Step > 0)
            Tell(RunEventKind.Resumed, $"from the checkpoint of step {restored.Step} of {_set.Steps}");
        else
            Tell(RunEventKind.Started, $"{_set.Steps} steps of {_set.Order.Batch} clips");
        if (_info.Status == RunStatus.Finished)
            Folder.WriteInfo(_info);
    }

    void Save()
    {
        if (_checkpoints.LastStep == _info.Step)
            return;
        _checkpoints.Save(_trainer, _info.Step, _info.Seconds);
        Folder.WriteInfo(_info);
        Tell(RunEventKind.Checkpoint, $"step {_info.Step}");
    }

    string WeightsSha256() => NamedTensors.Sha256(ObjectiveWeights.Snapshot(_trainer.Objective));

    void End(RunStatus status, string? reason)
    {
        _info = _info with { Status = status, Reason = reason, Ended = _clock.GetUtcNow() };
        Folder.WriteInfo(_info);
    }

    /// <summary>The failure itself is what the caller must see, also where the disk that it filled takes no record of it.</summary>
    void TryRecord(Exception failure)
    {
        try
        {
            End(RunStatus.Failed, failure.Message);
            Tell(RunEventKind.Failed, failure.Message);
        }
        catch (IOException)
        {
        }
    }

    void Tell(RunEventKind kind, string message)
    {
        var runEvent = new RunEvent(_clock.GetUtcNow(), _info.Step, kind, message);
        _events.Append(runEvent);
        _observer.Event(runEvent);
    }

    List<string> Names(GlobalBatch batch) => [.. batch.MicroBatches.SelectMany(m => m.Samples).Select(Dataset.Name)];

    static void CheckSamePlan(Plan plan, RunFolder folder, SkeletonDataset dataset)
    {
        if (!folder.Exists)
            return;
        var known = folder.ReadInfo();
        if (known.PlanSha256 != plan.Digest())
            throw new InputException($"{folder.Path} holds a run of another plan (digest {known.PlanSha256[..12]}, this one is {plan.Digest()[..12]}): choose another name with --set name=NAME, or remove the folder");
        if (known.DatasetSha256 != dataset.Digest)
            throw new InputException($"{folder.Path} was trained on another version of {plan.Data.Dataset} (digest {known.DatasetSha256[..12]}, now {dataset.Digest[..12]}): choose another name with --set name=NAME, or restore the dataset");
    }
}
