using PretrainCluster.Learning.Objectives;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Exchange;

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
            var (loss, keys) = objective.ForwardWithKeys(clips, random);
            return () =>
            {
                _gathered!.Set(microBatch.Index, keys);
                AddLeaf(microBatch, [loss.Sum], null, loss);
            };
        });
        Exchange(() => _gathered!.Gather(exchange));
        var keys = _gathered!.ToTensor(_microBatches * _samples, objective.KeyWidth).to(_device);
        return Reduce(exchange) with { AfterUpdate = () => objective.AfterStep(keys) };
    }

    /// <summary>Gradient caching (arXiv 2101.06983). The head runs in fp32 on one thread at every member, so that all have its gradient with the same bits.</summary>
    StepOutcome ComputeCoupled(GlobalBatchObjective objective, GlobalBatch batch, IExchange exchange)
    {
        ForEach(batch, exchange, _gathered!.Has, (clips, random, microBatch) =>
        {
            using var frozen = no_grad();
            var embeddings = objective.Embed(clips, random);
            return () => _gathered!.Set(microBatch.Index, embeddings);
        });
        Exchange(() => _gathered!.Gather(exchange));

        var whole = _gathered!.ToTensor(_microBatches * _samples, objective.Views, objective.EmbeddingWidth).to(_device).requires_grad_(true);
        var (loss, afterUpdate) = objective.Loss(whole);
        var gradients = autograd.grad([loss.Sum], [whole, .. objective.Head.Select(weight => (Tensor)weight.Parameter)]);

        ForEach(batch, exchange, _sums.Has, (clips, random, microBatch) =>
        {
            var embeddings = objective.Embed(clips, random);
            var gradient = gradients[0].narrow(0, (long)microBatch.Index * _samples, _samples).to(embeddings.dtype);
            return () => AddLeaf(microBatch, [embeddings], [gradient], default);
        });
        return Reduce(exchange) with
        {
            LossSum = loss.Sum.cpu().item<float>(),
            Terms = loss.Count,
            HeadGradient = [.. gradients.Skip(1)],
            AfterUpdate = afterUpdate,
        };
    }
}
