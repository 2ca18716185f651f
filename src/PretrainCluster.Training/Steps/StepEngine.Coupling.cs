namespace PretrainCluster.Training.Steps;

/// <summary>A step of each coupling. Whatever it is, all of a step's collectives come before anything is changed.</summary>
public sealed partial class StepEngine
{
    StepOutcome ComputeAlone(Objective objective, GlobalBatch batch, IExchange exchange)
    {
        ForEach(batch, exchange, _sums.Has, (clips, random, microBatch) =>
        {
            var loss = objective.Forward(clips, random);
            return () => AddLeaf(microBatch, [loss.Sum], null, loss);
        });
        return Reduce(exchange);
    }

    StepOutcome ComputeRemembering(EarlierStepsObjective objective, GlobalBatch batch, IExchange exchange)
    {
        ForEach(batch, exchange, _sums.Has, (clips, random, microBatch) =>
        {
            var statistics = new List<Tensor>();
            var (loss, keys) = objective.ForwardWithKeys(clips, random, statistics);
            return () =>
            {
                Gather(microBatch, keys, statistics);
                AddLeaf(microBatch, [loss.Sum], null, loss);
            };
        });
        Exchange(() => _gathered!.Gather(exchange));
        var (keys, track) = Parted(objective, objective.KeyWidth);
        return Reduce(exchange) with
        {
            AfterUpdate = () =>
            {
                objective.AfterStep(keys);
                track();
            },
        };
    }

    /// <summary>
    /// Gradient caching (arXiv 2101.06983). The head runs in fp32 on one thread at every member, so that all have its gradient with the same bits. A micro-batch whose graph was kept is not
    /// computed again: the same forward pass would give the same graph. Where there is no room for one, none is built.
    /// </summary>
    StepOutcome ComputeCoupled(GlobalBatchObjective objective, GlobalBatch batch, IExchange exchange)
    {
        ForEach(batch, exchange, _gathered!.Has, (clips, random, microBatch) =>
        {
            var room = _weights.Count > 0 && _graphs.Reserve(microBatch.Index);
            using var _ = set_grad_enabled(room);
            var statistics = new List<Tensor>();
            var embeddings = objective.Embed(clips, random, statistics);
            return () =>
            {
                Gather(microBatch, embeddings, statistics);
                if (room)
                    _graphs.Keep(microBatch.Index, embeddings);
            };
        });
        Exchange(() => _gathered!.Gather(exchange));

        var (rows, track) = Parted(objective, objective.Views * objective.EmbeddingWidth);
        var whole = rows.reshape(-1, objective.Views, objective.EmbeddingWidth).requires_grad_(true);
        var (loss, afterUpdate) = objective.Loss(whole, batch.Samples, new CounterRandom(_seed, RandomPurpose.Objective, (ulong)batch.Step, (ulong)_microBatches));
        var gradients = autograd.grad([loss.Sum], [whole, .. objective.Head.Select(weight => (Tensor)weight.Parameter)]);

        ForEach(batch, exchange, _sums.Has, (clips, random, microBatch) =>
        {
            // Of an encoder that is frozen as a whole there is no gradient, and no second pass.
            if (_weights.Count == 0)
                return () => AddLeaf(microBatch, [], null, default);
            var kept = _graphs.Take(microBatch.Index);
            var embeddings = kept ?? objective.Embed(clips, random);
            var gradient = gradients[0].narrow(0, (long)microBatch.Index * _samples, _samples).to(embeddings.dtype);
            return () =>
            {
                using var _ = kept;
                AddLeaf(microBatch, [embeddings], [gradient], default);
            };
        });
        return Reduce(exchange) with
        {
            LossSum = loss.Sum.cpu().item<float>(),
            Terms = loss.Count,
            HeadGradient = [.. gradients.Skip(1)],
            AfterUpdate = () =>
            {
                afterUpdate();
                track();
            },
        };
    }

    /// <summary>Keeps what a micro-batch says to all members, and disposes its statistics, which belong to no scope.</summary>
    void Gather(MicroBatch microBatch, Tensor rows, List<Tensor> statistics)
    {
        _gathered!.Set(microBatch.Index, [rows, .. statistics]);
        statistics.ForEach(part => part.Dispose());
    }

    /// <summary>What was gathered: a row of every clip, and what the micro-batches left of their statistics, taken in by the action.</summary>
    (Tensor Rows, Action Track) Parted(Objective objective, int width)
    {
        var whole = _gathered!.ToTensor().to(_device);
        var (values, left) = ((long)_samples * width, objective.StatisticsLength);
        var rows = whole.narrow(1, 0, values).reshape(-1, width);
        return left == 0 ? (rows, () => { }) : (rows, () => objective.Track(whole.narrow(1, values, left)));
    }
}

/// <summary>Sums over a global batch, the same on every member, before anything is updated.</summary>
/// <param name="LossSum">over all terms</param>
/// <param name="Terms">number of terms, e.g. masked tokens</param>
/// <param name="Boundary">whether any member asked to stop after this step</param>
/// <param name="Gradient">of <paramref name="LossSum"/>, the weights that micro-batches differentiate one after another, in the order of the objective's weights; hand it back with <see cref="StepEngine.Return"/></param>
public sealed record StepOutcome(double LossSum, double Terms, bool Boundary, SumBuffer Gradient)
{
    /// <summary>Of <see cref="LossSum"/>, by the weights of a head that sees the whole batch; they follow those of <see cref="Gradient"/>.</summary>
    public IReadOnlyList<Tensor> HeadGradient { get; init; } = [];

    /// <summary>What the objective does once the weights are updated.</summary>
    public Action? AfterUpdate { get; init; }

    /// <summary>Spent waiting for and exchanging with other members.</summary>
    public TimeSpan Exchanging { get; init; }

    /// <summary>Mean over the terms.</summary>
    public double Loss => LossSum / Terms;
}

/// <summary>Mixed precision through libtorch's autocast: matrix products in bf16, weights and sums in fp32.</summary>
static class Autocast
{
    /// <returns>null where the plan asks for fp32</returns>
    internal static IDisposable? Enter(Device device, Precision precision) => precision == Precision.Bf16 ? torch.Autocast(device.type) : null;
}
