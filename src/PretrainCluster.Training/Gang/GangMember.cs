using System.Diagnostics;
using System.Security.Cryptography;
using PretrainCluster.Learning.Devices;
using PretrainCluster.Training.Faults;

namespace PretrainCluster.Training.Gang;

/// <summary>
/// A worker's part in a run, from its first word to its last: it joins generation after generation, brings its state level with the others', and
/// trains until the run is finished, a boundary is asked for, or the exchange breaks. Its state is always that after a whole number of steps.
/// </summary>
public sealed class GangMember : IDisposable
{
    readonly string _worker;
    readonly Plan _plan;
    readonly IControlLink _link;
    readonly ExchangeListener _listener;
    readonly SkeletonDataset _dataset;
    readonly RunStages _stages;
    readonly int _lanes;
    readonly RunCheckpoints _checkpoints;
    readonly MemberOrders _orders;
    readonly MemberPulse _pulse;
    readonly StepLog _log = new();
    RunStage _stage;
    Trainer _trainer;
    StateBuffer _handover;
    Lazy<SnapshotWriter> _snapshots;
    (double Sum, long Steps) _losses;
    long _generation, _step = -1;
    double _seconds;
    int _rank = -1;
    RegroupTimes? _regrouped;
    bool _begun, _leftOut;

    /// <param name="dataset">stays the caller's</param>
    /// <param name="listener">where the other members connect; stays the caller's</param>
    public GangMember(Plan plan, string worker, SkeletonDataset dataset, RunCheckpoints checkpoints, ExchangeListener listener, IControlLink link, int lanes)
    {
        (_plan, _worker, _dataset, _checkpoints, _listener, _link) = (plan, worker, dataset, checkpoints, listener, link);
        (_stages, _lanes) = (new RunStages(plan, dataset), lanes);
        // Before this worker is ready, because others wait while its state is handed over.
        (_stage, _trainer, _handover, _snapshots) = Make(_stages.First, from: null);
        _orders = new MemberOrders(link.Orders);
        _pulse = new MemberPulse(worker, plan.Recovery, link, _orders);
    }

    /// <summary>Announces the worker and obeys until the end, which it reports.</summary>
    public WorkerOutcome Run()
    {
        _link.Reconnected += SayReady;
        SayReady();
        var ended = Obey();
        // What is being written is finished first: the end is the last word.
        if (_snapshots.IsValueCreated)
            _snapshots.Value.Settle();
        Report();
        _link.Send(ended);
        _link.Drain(TimeSpan.FromSeconds(_plan.Recovery.Silence));
        return ended.Outcome;
    }

    public void Dispose()
    {
        _link.Reconnected -= SayReady;
        _pulse.Dispose();
        _orders.Dispose();
        Leave();
    }

    WorkerEnded Obey()
    {
        try
        {
            while (true)
            {
                _pulse.Enter(WorkerPhase.Idle);
                switch (_orders.Take())
                {
                    case EndWorker end:
                        return Stop(end);
                    case JoinGeneration join when Attend(join) is { } ended:
                        return ended;
                }
            }
        }
        catch (NonFiniteLossException diverged)
        {
            return Ended(WorkerOutcome.Diverged, diverged.Message);
        }
        catch (InputException refusal)
        {
            return Ended(WorkerOutcome.Refused, refusal.Message);
        }
        catch (Exception failure)
        {
            return Ended(WorkerOutcome.Failed, failure.Message);
        }
    }

    /// <summary>One generation, until it breaks, stops at a boundary (null) or is the last.</summary>
    WorkerEnded? Attend(JoinGeneration join)
    {
        _generation = join.Generation;
        _rank = join.Members.ToList().FindIndex(member => member.Worker == _worker);
        if (_rank < 0)
            throw new InvalidDataException($"worker {_worker} was told to join generation {join.Generation}, of which it is no member");
        Enter(WorkerPhase.Regroup);
        Stand(join.Members.Count);
        var free = Stopwatch.GetTimestamp();
        try
        {
            FaultPoint.Reach("regroup", _step);
            using var exchange = MeshExchange.Connect(
                _listener, join.Generation, _rank, [.. join.Members.Select(member => member.DataEndpoint)], join.Secret, TimeSpan.FromSeconds(_plan.Recovery.Connect), _orders.Overtaken);
            try
            {
                var met = Stopwatch.GetTimestamp();
                _orders.Use(exchange);
                Level(exchange);
                _regrouped = _rank == 0 && _generation > 1
                    ? new RegroupTimes(_orders.Told, free, met, Level: Stopwatch.GetTimestamp()) : null;
                return Train(exchange);
            }
            finally
            {
                _orders.Use(null);
            }
        }
        catch (ExchangeException broken)
        {
            Report();
            _link.Send(new ExchangeBroken(_worker, _generation, _step, broken.Rank, broken.Message));
        }
        catch (OperationCanceledException)
        {
            _link.Send(new ExchangeBroken(_worker, _generation, _step, -1, "overtaken while its members were looking for each other"));
        }
        return null;
    }

    /// <summary>Every member ends up with the state of the one furthest ahead; where none has any, with that of the newest checkpoint that verifies.</summary>
    void Level(IExchange exchange)
    {
        var standings = Standings(exchange);
        string? restored = null;
        if (standings.All(standing => standing.Step < 0))
        {
            if (exchange.Rank == 0)
                restored = Restore();
            standings = Standings(exchange);
        }
        var ahead = standings.Max(standing => (standing.Step, standing.Stage));
        var from = standings.FindIndex(standing => (standing.Step, standing.Stage) == ahead);
        var behind = Enumerable.Range(0, exchange.WorldSize).Where(rank => (standings[rank].Step, standings[rank].Stage) != ahead).ToList();
        if (behind.Count > 0)
            HandOver(exchange, from, behind, standings[from]);
        _trainer.Objective.train();

        Stand(exchange.WorldSize);
        _link.Send(new GenerationFormed(_worker, _generation, _step, _begun ? 1 : 0, restored));
        _begun = false;
        if (exchange.Rank == 0 || exchange.Rank == from)
        {
            _log.SayAgain();
            Report();
        }
    }

    List<Standing> Standings(IExchange exchange)
    {
        var all = Enumerable.Range(0, exchange.WorldSize).Select(_ => new byte[Standing.Length]).ToList();
        exchange.AllGather(new Standing(_step, _stage.Index, _seconds, _plan.Digest(), _dataset.Digest).ToBytes(), [.. all.Select(bytes => bytes.AsMemory())]);
        var standings = all.Select(Standing.Read).ToList();
        var own = standings[exchange.Rank];
        if (standings.FindIndex(other => other.Plan != own.Plan || other.Dataset != own.Dataset) is >= 0 and var other)
            throw new InputException($"worker {_worker} and rank {other} of generation {_generation} do not have the same {(standings[other].Plan != own.Plan ? "plan" : "dataset")}: give every node the same files");
        return standings;
    }

    void HandOver(IExchange exchange, int from, List<int> behind, Standing ahead)
    {
        FaultPoint.Reach("level", _step);
        if (exchange.Rank != from && !behind.Contains(exchange.Rank))
        {
            exchange.Transfer(from, behind, Memory<byte>.Empty);
            return;
        }
        if (exchange.Rank == from)
            _handover.Fill();
        else if (_stage.Index != ahead.Stage)
            GoOverTo(_stages.All[ahead.Stage], from: null);
        exchange.Transfer(from, behind, _handover.Memory);
        if (exchange.Rank != from)
        {
            _handover.Restore();
            (_step, _seconds) = (ahead.Step, ahead.Seconds);
        }
    }

    /// <returns>the checkpoint's digest; null where the run begins</returns>
    string? Restore()
    {
        var restored = _checkpoints.Restore(step =>
        {
            if (_stages.After(step) != _stage)
                GoOverTo(_stages.After(step), from: null);
            return _trainer;
        });
        foreach (var rejection in restored.Rejected)
            Note("rejected", rejection);
        if (restored.Digest is null)
            Begin();
        (_step, _seconds) = (restored.Step, restored.Seconds);
        _log.Restore(restored.Recent);
        return restored.Digest;
    }

    /// <summary>The run's first state; this member may have had a later one, and found that it was not sound.</summary>
    void Begin()
    {
        using var initial = _plan.From is null ? null : _checkpoints.LoadInitial(_stages.First.Set.Clip);
        if (initial is not null || _stage != _stages.First || _trainer.Optimizer.Steps > 0)
            GoOverTo(_stages.First, initial);
    }

    /// <returns>null at a boundary</returns>
    WorkerEnded? Train(IExchange exchange)
    {
        while (true)
        {
            if (exchange.Rank == 0)
                _ = _snapshots.Value;
            if (_step < _stage.End && TrainStage(exchange))
                return null;
            Complete(exchange);
            if (_stages.Behind(_stage) is not { } next)
                return Ended(WorkerOutcome.Finished, $"{_step} steps") with { WeightsSha256 = WeightsSha256() };
            FaultPoint.Reach("stage", _step);
            GoOverTo(next, _trainer.Objective.Encoder);
            Stand(exchange.WorldSize);
            if (exchange.Rank == 0)
                Note("stage", $"{next.Name} begins with the encoder of step {_step}: stage {next.Index + 1} of {_stages.All.Count}, {next.Set.Steps} steps");
        }
    }

    /// <returns>whether it stopped at a boundary, with a step of the run still to do</returns>
    bool TrainStage(IExchange exchange)
    {
        var (start, end) = Shares.Of(exchange.Rank, exchange.WorldSize, _stage.Set.Order.MicroBatches);
        using var loader = _stage.Set.LoadFrom(_step - _stage.First, start, end);
        while (_step < _stage.End)
        {
            var began = Stopwatch.GetTimestamp();
            Enter(WorkerPhase.Forward);
            var batch = loader.Next();
            _begun = true;
            var result = _trainer.Step(batch, _stage.Epochs(_step), exchange);
            loader.Return(batch);
            if (!result.Applied)
                throw new NonFiniteLossException(_step + 1, result.Loss, [.. _stage.Set.SamplesOfStep(_step - _stage.First).Select(_dataset.Name)], _checkpoints.LastStep);
            _step++;
            _begun = false;
            Applied(exchange, result, Stopwatch.GetElapsedTime(began).TotalSeconds);

            if (_plan.Recovery.CompareEvery > 0 && _step % _plan.Recovery.CompareEvery == 0)
                CompareWeights(exchange);
            if (exchange.Rank == 0 && IsCheckpointDue && _step < _stage.End)
                Snapshot();
            if (result.Boundary && _step < _stages.Steps)
            {
                Report();
                _link.Send(new AtBoundary(_worker, _generation, _step));
                return true;
            }
        }
        return false;
    }

    bool IsCheckpointDue => _plan.Checkpoints.EverySteps > 0
        ? _step % _plan.Checkpoints.EverySteps == 0
        : (_step - _stage.First) % Math.Max(1, _stage.Set.Order.SamplesPerEpoch / _stage.Set.Order.Batch) == 0;

    void Applied(IExchange exchange, StepResult result, double seconds)
    {
        _seconds += seconds;
        _losses = (_losses.Sum + result.Loss, _losses.Steps + 1);
        _pulse.Times.Add(seconds, result.ComputeSeconds);
        Stand(exchange.WorldSize);
        _log.Add(new AppliedStep(_step, _stage.Epochs(_step), result.Loss, result.LearningRate, result.GradientNorm, seconds));
        if (_regrouped is { } times)
            Note("regrouped", $"generation {_generation}: {times.Text(result)}");
        _regrouped = null;
        if (exchange.Rank == 0)
            Report();
    }

    // The loss is of the steps since the checkpoint before, as far as this worker took part in them.
    CheckpointProgress Progress()
    {
        double? loss = _losses.Steps > 0 ? _losses.Sum / _losses.Steps : null;
        _losses = default;
        return new CheckpointProgress(_step, _seconds, loss, _log.Recent) { Stage = _stage.Name };
    }

    void Snapshot()
    {
        Enter(WorkerPhase.Snapshot);
        if (_snapshots.Value.Busy)
        {
            if (!_leftOut)
                Note("checkpoint", $"none at step {_step}, nor after it until the one before is stored");
            _leftOut = true;
            return;
        }
        _snapshots.Value.Begin(_generation, Progress());
        _leftOut = false;
    }

    /// <summary>
    /// The last step of a stage is applied by all: rank 0 stores the checkpoint that it ends with while the others wait, so that one of them can do it in its place.
    /// Whoever goes over to the next stage knows that it is stored.
    /// </summary>
    void Complete(IExchange exchange)
    {
        Enter(WorkerPhase.Snapshot);
        if (exchange.Rank == 0)
            _snapshots.Value.Write(_generation, Progress());
        var stored = Enumerable.Range(0, exchange.WorldSize).Select(_ => new byte[1].AsMemory()).ToList();
        exchange.AllGather([1], stored);
    }

    /// <summary>Makes a stage's trainer in the place of the one that is here; its state is the stage's first, or is filled in by the caller.</summary>
    /// <param name="from">the encoder to begin with; null where the state comes from elsewhere</param>
    void GoOverTo(RunStage stage, SkeletonEncoder? from)
    {
        // Another stage's tensors have other sizes; for a while both stages' states are here.
        torch.ReleaseFreedMemory();
        var made = Make(stage, from);
        Leave();
        (_stage, _trainer, _handover, _snapshots) = made;
        _losses = default;
    }

    (RunStage, Trainer, StateBuffer, Lazy<SnapshotWriter>) Make(RunStage stage, SkeletonEncoder? from)
    {
        var trainer = new Trainer(stage.Plan, stage.Set.Clip, _lanes, ComputeDevice.Named(_plan.Workers.Device), from)
        {
            PhaseEntered = Enter,
            Progressed = () => _pulse.Enter(WorkerPhase.Forward),
            WantsBoundary = () => _orders.BoundaryAsked(_generation),
        };
        return (stage, trainer, new StateBuffer(trainer), new(() => new SnapshotWriter(_checkpoints, () => new StateBuffer(trainer), Written, text => Note("checkpoint", text))));
    }

    /// <summary>What is being written is finished; it is in a buffer of its own.</summary>
    void Leave()
    {
        if (_snapshots.IsValueCreated)
            _snapshots.Value.Dispose();
        _trainer.Dispose();
    }

    WorkerEnded Stop(EndWorker order)
    {
        // At the beginning of a later stage there is the checkpoint that the one before ended with.
        if (order.Snapshot && _rank == 0 && _step > _stage.First)
        {
            Enter(WorkerPhase.Snapshot);
            _snapshots.Value.Write(_generation, Progress());
        }
        return Ended(WorkerOutcome.Stopped, order.Reason);
    }

    /// <summary>Equal arithmetic keeps the members' weights equal to the bit; one that differs has a defect, and leaves.</summary>
    void CompareWeights(IExchange exchange)
    {
        if (exchange.WorldSize == 1)
            return;
        var all = Enumerable.Range(0, exchange.WorldSize).Select(_ => new byte[SHA256.HashSizeInBytes]).ToList();
        exchange.AllGather(Convert.FromHexString(WeightsSha256()), [.. all.Select(bytes => bytes.AsMemory())]);
        var digests = all.Select(Convert.ToHexStringLower).ToList();
        var groups = digests.GroupBy(digest => digest).OrderByDescending(group => group.Count()).ToList();
        if (groups.Count == 1)
            return;
        if (_plan.Workers.Mixed)
            return;
        if (groups[0].Count() == groups[1].Count())
        {
            _step = -1;
            throw new ExchangeException(-1, "the members' weights differ and none has a majority; they are read back from the newest checkpoint");
        }
        if (digests[exchange.Rank] != groups[0].Key)
            throw new InvalidDataException($"after step {_step} the weights of worker {_worker} differ from those of {groups[0].Count()} of {exchange.WorldSize} members: its machine computes other numbers");
        throw new ExchangeException(digests.FindIndex(digest => digest != groups[0].Key), "its weights differ from the group's");
    }

    string WeightsSha256() => NamedTensors.Sha256(ObjectiveWeights.Snapshot(_trainer.Objective));

    void Written(WrittenSnapshot snapshot) =>
        _link.Send(new CheckpointWritten(_worker, snapshot.Generation, snapshot.Step, snapshot.Manifest.Digest, snapshot.Seconds));

    WorkerEnded Ended(WorkerOutcome outcome, string reason) => new(_worker, _generation, outcome, _step, reason, null);

    void SayReady() =>
        _link.Send(new WorkerReady(_worker, _plan.Name, Environment.ProcessId, _listener.Endpoint, torch.Fingerprint, Interlocked.Read(ref _step), Interlocked.Read(ref _generation)));

    void Note(string kind, string text) => _link.Send(new WorkerNote(_worker, kind, text));

    void Report()
    {
        foreach (var steps in _log.TakeUnsent())
            _link.Send(new StepsApplied(_worker, _generation, steps));
    }

    void Stand(int worldSize)
    {
        var (start, end) = Shares.Of(_rank, worldSize, _stage.Set.Order.MicroBatches);
        _pulse.Stand(_generation, _step, (end - start) * _stage.Set.Order.MicroBatchSize);
    }

    void Enter(WorkerPhase phase)
    {
        _pulse.Enter(phase);
        if (phase is WorkerPhase.Forward or WorkerPhase.Exchange or WorkerPhase.Update)
            FaultPoint.Reach(phase switch { WorkerPhase.Forward => "forward", WorkerPhase.Exchange => "exchange", _ => "update" }, _step);
    }
}
