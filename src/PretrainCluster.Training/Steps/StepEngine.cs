using System.Diagnostics;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Training.Steps;

/// <summary>
/// Forward and backward of a global batch: each micro-batch under its own randomness, their gradients added along one fixed tree.
/// What comes out depends on the weights, the objective's buffers, the batch and the seed, and neither on the number of lanes nor on how many members
/// share the micro-batches. Nothing is changed: a step whose exchange broke can be computed again under another one, and what this member had
/// computed of it is not computed again.
/// </summary>
public sealed partial class StepEngine : IDisposable
{
    const int LossTotal = 0, TermTotal = 1, BoundaryTotal = 2;

    readonly Objective _objective;
    readonly List<Tensor> _weights;
    readonly GradientCrossing _crossing;
    readonly ulong _seed;
    readonly int _microBatches, _samples;
    readonly ClipShape _clip;
    readonly Device _device;
    readonly Precision _precision;
    readonly LanePool _lanes;
    readonly TreeAccumulator _sums;
    readonly GatheredValues? _gathered;
    readonly KeptGraphs _graphs;
    long? _unfinished;
    TimeSpan _exchanging;

    /// <param name="batch">clips and micro-batches of a step</param>
    /// <param name="lanes">micro-batches at a time; on a GPU always 1, which keeps it busy anyway</param>
    /// <param name="graphs">micro-batches of a coupled step whose graphs are kept from their first pass to their second; changes nothing but memory and speed</param>
    /// <exception cref="Core.InputException">The engine of this build does not have the precision.</exception>
    public StepEngine(Objective objective, ulong seed, BatchPlan batch, ClipShape clip, int lanes, Device device, Precision precision, int graphs = 0)
    {
        _graphs = new KeptGraphs(graphs);
        _objective = objective;
        _weights = WeightsOf(objective);
        _crossing = new GradientCrossing([.. _weights.Select(weight => weight.numel())], device, throughBlock: device.type == DeviceType.CUDA);
        (_seed, _microBatches, _samples) = (seed, batch.MicroBatches, batch.Clips / batch.MicroBatches);
        (_clip, _device, _precision) = (clip, device, precision);
        _lanes = new LanePool(device.type == DeviceType.CPU ? Math.Min(lanes, batch.MicroBatches) : 1);
        _sums = new TreeAccumulator(batch.MicroBatches, _crossing.Length, totals: 3);
        _gathered = objective switch
        {
            EarlierStepsObjective earlier => new GatheredValues(_microBatches, checked(_samples * earlier.KeyWidth + earlier.StatisticsLength)),
            GlobalBatchObjective global => new GatheredValues(_microBatches, checked(_samples * global.Views * global.EmbeddingWidth + global.StatisticsLength)),
            _ => null,
        };
    }

    /// <summary>The weights that micro-batches have gradients of: those that are trained, without a head that sees the whole batch.</summary>
    internal static List<Tensor> WeightsOf(Objective objective) =>
        [.. objective.Trained.SkipLast(objective is GlobalBatchObjective coupled ? coupled.Head.Count : 0).Select(weight => (Tensor)weight.Parameter)];

    /// <summary>Micro-batches at a time.</summary>
    public int Lanes => _lanes.Lanes;

    /// <summary>Told, on the calling thread, when a step goes over to other work.</summary>
    public Action<WorkerPhase>? PhaseEntered { get; init; }

    /// <summary>Told, on a lane, whenever a micro-batch is done.</summary>
    public Action? Progressed { get; init; }

    /// <summary>Asked once this member's micro-batches are done, as late as can be: whether it wants all to stop after this step.</summary>
    public Func<bool>? WantsBoundary { get; init; }

    /// <summary>Sums loss and gradient over a global batch; updates nothing. What it returns lives in the caller's dispose scope.</summary>
    /// <param name="batch">this member's micro-batches, those of its share</param>
    /// <param name="exchange">the members that share the batch</param>
    /// <exception cref="ExchangeException">The exchange broke; the step can be computed again under another one.</exception>
    public StepOutcome Compute(GlobalBatch batch, IExchange exchange)
    {
        Resume(batch, exchange);
        _exchanging = TimeSpan.Zero;
        try
        {
            var outcome = _objective switch
            {
                GlobalBatchObjective global => ComputeCoupled(global, batch, exchange),
                EarlierStepsObjective earlier => ComputeRemembering(earlier, batch, exchange),
                var alone => ComputeAlone(alone, batch, exchange),
            };
            Forget();
            return outcome with { Exchanging = _exchanging };
        }
        catch (Exception failure) when (failure is not ExchangeException)
        {
            Forget();
            throw;
        }
    }

    /// <summary>Forgets what was computed of a step that was not finished. Needed only where the weights were changed since by other hands, and the step's number was not.</summary>
    public void Forget()
    {
        _unfinished = null;
        _graphs.Forget();
        _sums.Discard();
        _gathered?.Forget();
    }

    /// <summary>The mean gradient as one tensor per weight, on the device; they live in the caller's dispose scope.</summary>
    public IReadOnlyList<Tensor> Gradients(StepOutcome outcome)
    {
        var flat = _crossing.Send(outcome.Gradient.Values).div_((float)outcome.Terms);
        return
        [
            .. _weights.Select((weight, i) => _crossing.Part(flat, i).view(weight.shape)),
            .. outcome.HeadGradient.Select(gradient => gradient / (float)outcome.Terms),
        ];
    }

    public void Return(StepOutcome outcome) => _sums.Return(outcome.Gradient);

    public void Dispose()
    {
        _graphs.Forget();
        _lanes.Dispose();
        _crossing.Dispose();
    }

    /// <summary>
    /// Runs each micro-batch that is not done yet on a lane: <paramref name="forward"/> under the plan's precision, then what it returns, outside of it.
    /// Between micro-batches it looks whether the step is in vain.
    /// </summary>
    void ForEach(GlobalBatch batch, IExchange exchange, Func<int, bool> done, Func<Tensor, CounterRandom, MicroBatch, Action> forward)
    {
        var pending = batch.MicroBatches.Where(microBatch => !done(microBatch.Index)).ToList();
        try
        {
            _lanes.Run(pending.Count, m => Compute(batch.Step, pending[m], forward), exchange.Broken);
        }
        catch (OperationCanceledException) when (exchange.Broken.IsCancellationRequested)
        {
            // Any operation of a broken exchange says what broke it.
            exchange.Transfer(exchange.Rank, [], Memory<byte>.Empty);
            throw new ExchangeException(-1, "the exchange broke while micro-batches were computed");
        }
    }

    void Compute(long step, MicroBatch microBatch, Func<Tensor, CounterRandom, MicroBatch, Action> forward)
    {
        using var scope = NewDisposeScope();
        var clips = tensor(microBatch.Clips, [_objective.Views, microBatch.Samples.Count, _clip.Persons, _clip.Frames, _clip.Joints, 3]).to(_device);
        Action backward;
        using (Autocast.Enter(_device, _precision))
            backward = forward(clips, new CounterRandom(_seed, RandomPurpose.Objective, (ulong)step, (ulong)microBatch.Index), microBatch);
        backward();
        Progressed?.Invoke();
    }

    void AddLeaf(MicroBatch microBatch, IList<Tensor> outputs, IList<Tensor>? outputGradients, LossSum loss)
    {
        IList<Tensor> gradients = _weights.Count == 0 ? [] : autograd.grad(outputs, _weights, outputGradients);
        var leaf = _sums.Rent();
        _crossing.Fetch([.. gradients], leaf.Values);
        leaf.Totals[LossTotal] = loss.Sum is null ? 0 : loss.Sum.to(ScalarType.Float32).cpu().item<float>();
        leaf.Totals[TermTotal] = loss.Count;
        leaf.Totals[BoundaryTotal] = 0;
        _sums.Add(microBatch.Index, leaf);
    }

    StepOutcome Reduce(IExchange exchange)
    {
        _sums.Contribute(BoundaryTotal, WantsBoundary?.Invoke() == true ? 1 : 0);
        SumBuffer? root = null;
        Exchange(() => root = exchange.AllReduce(_sums));
        return new StepOutcome(root!.Totals[LossTotal], root.Totals[TermTotal], root.Totals[BoundaryTotal] > 0, root);
    }

    void Exchange(Action collective)
    {
        PhaseEntered?.Invoke(WorkerPhase.Exchange);
        var started = Stopwatch.GetTimestamp();
        collective();
        _exchanging += Stopwatch.GetElapsedTime(started);
        PhaseEntered?.Invoke(WorkerPhase.Forward);
    }

    /// <summary>Keeps what is known of this very step and still belongs to this member's share; forgets the rest.</summary>
    void Resume(GlobalBatch batch, IExchange exchange)
    {
        var (start, end) = Shares.Of(exchange.Rank, exchange.WorldSize, _microBatches);
        if (!batch.MicroBatches.Select(microBatch => microBatch.Index).SequenceEqual(Enumerable.Range(start, end - start)) || start == end)
            throw new ArgumentException($"Rank {exchange.Rank} of {exchange.WorldSize} computes the micro-batches {start} to {end - 1}; the batch has {string.Join(", ", batch.MicroBatches.Select(m => m.Index))}.", nameof(batch));
        if (_unfinished != batch.Step)
            Forget();
        _unfinished = batch.Step;
        _sums.KeepWithin(start, end);
        _graphs.KeepWithin(start, end);
    }
}
