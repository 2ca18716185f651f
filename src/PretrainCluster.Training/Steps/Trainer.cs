using System.Diagnostics;
using PretrainCluster.Learning.Optimizers;

namespace PretrainCluster.Training.Steps;

/// <summary>What a step did; the same on every member but for the seconds.</summary>
/// <param name="Loss">mean over the global batch, before the update</param>
/// <param name="GradientNorm">before clipping</param>
/// <param name="Applied">false where loss or gradient is not finite; then nothing was updated</param>
/// <param name="Boundary">whether any member asked to stop after this step</param>
/// <param name="ComputeSeconds">this member's own work, the update included</param>
/// <param name="ExchangeSeconds">waiting for and exchanging with other members</param>
public readonly record struct StepResult(double Loss, double GradientNorm, double LearningRate, bool Applied, bool Boundary, double ComputeSeconds, double ExchangeSeconds);

/// <summary>An objective, its optimiser and the schedule: everything that a step changes, and all that a checkpoint must hold.</summary>
public sealed class Trainer : IDisposable
{
    readonly StepEngine _engine;
    readonly LearningRateSchedule _schedule;
    readonly OptimizerPlan _plan;
    readonly int _epochs;

    /// <param name="plan">one without stages, or one stage of it</param>
    /// <param name="lanes">micro-batches at a time; changes nothing but the speed</param>
    /// <param name="from">an encoder to begin with, such as that of the stage before; null for initial weights</param>
    /// <param name="graphs">micro-batches of a coupled step whose graphs are kept (<see cref="StepEngine"/>); by default as many as there is room for</param>
    public Trainer(Plan plan, ClipShape clip, int lanes, Device device, SkeletonEncoder? from = null, int? graphs = null)
    {
        var seed = (ulong)plan.Seed;
        Objective = ObjectiveFactory.Create(plan.Objective, plan.Encoder, clip, seed, Prepare);
        Objective.train();
        Graphs = graphs ?? KeptGraphs.Of(plan, clip, Objective);
        Objective.to(device);
        (_plan, _epochs) = (plan.Training.Optimizer, plan.Training.Epochs);
        Optimizer = Optimizer.Create(_plan, Objective.Trained, LayerDecay.Scales(Objective.Encoder, Objective.Trained, _plan.LayerDecay));
        _schedule = new LearningRateSchedule(_plan, plan.Training.Epochs);
        _engine = new StepEngine(Objective, seed, plan.Training.Batch, clip, lanes, device, plan.Training.Precision, Graphs)
        {
            PhaseEntered = phase => PhaseEntered?.Invoke(phase),
            Progressed = () => Progressed?.Invoke(),
            WantsBoundary = () => WantsBoundary?.Invoke() == true,
        };
        State =
        [
            .. ObjectiveWeights.Named(Objective).Select(weight => ("weights/" + weight.Name, weight.Value)),
            .. Optimizer.State.Select(state => ("optimizer/" + state.Name, state.Value)),
            .. Objective.Buffers.Select(buffer => ("objective/" + buffer.Name, buffer.Value)),
        ];

        // A momentum encoder begins as the one it follows, so each gets the same.
        void Prepare(SkeletonEncoder encoder)
        {
            if (from is not null)
                EncoderWeights.Copy(from, encoder);
            if (plan.Training.Trainable.FromBlock is { } first)
                encoder.Freeze(first);
        }
    }

    public Objective Objective { get; }
    public Optimizer Optimizer { get; }
    public int Lanes => _engine.Lanes;

    /// <summary>Micro-batches of a coupled step whose graphs are kept.</summary>
    internal int Graphs { get; }

    /// <summary>
    /// Everything that a step changes, in one fixed order: weights and the encoder's running statistics, the optimiser's state, the objective's buffers. Two trainers of one plan whose
    /// state and step number agree go on with the same bits. The tensors themselves, to be read or filled in place between steps.
    /// </summary>
    public IReadOnlyList<(string Name, Tensor Value)> State { get; }

    /// <summary>Told, on the training thread, when a step goes over to other work: forward, exchange, update.</summary>
    public Action<WorkerPhase>? PhaseEntered { get; init; }

    /// <summary>Told, on any thread, whenever a micro-batch is done.</summary>
    public Action? Progressed { get; init; }

    /// <summary>Asked once a step's own micro-batches are done: whether this member wants all to stop after the step.</summary>
    public Func<bool>? WantsBoundary { get; init; }

    /// <summary>
    /// One step of all members of <paramref name="exchange"/> together. Every collective comes before the first change, so a step whose exchange broke
    /// has changed nothing and can be done again under another one; micro-batches that this member had computed by then, and that are still in its
    /// share, are not computed again.
    /// </summary>
    /// <param name="batch">this member's micro-batches</param>
    /// <param name="epoch">epochs done before this step, with the fraction of the current one</param>
    /// <param name="exchange">the members that share the global batch</param>
    /// <exception cref="ExchangeException">The exchange broke; weights, optimiser state and buffers are as they were.</exception>
    public StepResult Step(GlobalBatch batch, double epoch, IExchange exchange)
    {
        var started = Stopwatch.GetTimestamp();
        using var held = Finalizers.Hold();
        using var scope = NewDisposeScope();
        var outcome = _engine.Compute(batch, exchange);
        var gradients = _engine.Gradients(outcome);
        _engine.Return(outcome);

        var norm = GradientNorm.Clip(gradients, _plan.ClipNorm, _plan.Clip);
        var rate = _schedule.At(epoch);
        var finite = double.IsFinite(outcome.Loss) && double.IsFinite(norm);
        if (finite)
        {
            PhaseEntered?.Invoke(WorkerPhase.Update);
            Optimizer.Step(gradients, rate);
            Objective.Progress = epoch / _epochs;
            outcome.AfterUpdate?.Invoke();
        }
        var exchanging = outcome.Exchanging.TotalSeconds;
        return new StepResult(outcome.Loss, norm, rate, finite, outcome.Boundary, Stopwatch.GetElapsedTime(started).TotalSeconds - exchanging, exchanging);
    }

    /// <summary>Forgets what was computed of a step that was not finished. Needed only where <see cref="State"/> was filled in from outside and the next step has that step's number.</summary>
    public void Forget() => _engine.Forget();

    public void Dispose()
    {
        _engine.Dispose();
        Optimizer.Dispose();
        Objective.Dispose();
    }
}
