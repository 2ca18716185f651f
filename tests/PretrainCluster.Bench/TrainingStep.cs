using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Lanes;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Optimizers;

namespace PretrainCluster.Bench;

/// <summary>A step as training does it: one micro-batch a lane, forward and backward; the sum of their gradients over the sum of their counts; one update.</summary>
sealed class TrainingStep : IStep
{
    readonly Objective _objective;
    readonly Optimizer _optimizer;
    readonly Parameter[] _weights;
    readonly LanePool _lanes;
    readonly Tensor[] _clips;
    readonly double _learningRate;
    ulong _step;

    /// <param name="batch">person-clips of each lane's micro-batch</param>
    public TrainingStep(Plan plan, int joints, int batch, int lanes)
    {
        _objective = ObjectiveFactory.Create(plan.Objective, plan.Encoder, plan.View.Frames, joints, (ulong)plan.Seed);
        _optimizer = Optimizer.Create(plan.Training.Optimizer, _objective.Weights);
        _weights = [.. _objective.Weights.Select(weight => weight.Parameter)];
        _learningRate = plan.Training.Optimizer.LearningRate;
        _lanes = new LanePool(lanes);
        _clips = [.. Enumerable.Range(0, lanes).Select(_ => randn([batch, 1, plan.View.Frames, joints, 3]))];
    }

    public void Run()
    {
        using var held = Finalizers.Hold();
        using var scope = NewDisposeScope();
        var parts = new (IList<Tensor> Gradients, double Sum, double Count)[_lanes.Lanes];
        _lanes.Run(_lanes.Lanes, lane =>
        {
            using var inner = NewDisposeScope();
            var loss = _objective.Forward(_clips[lane], new CounterRandom(1, RandomPurpose.Objective, _step, (ulong)lane));
            var gradients = autograd.grad([loss.Sum], _weights);
            foreach (var gradient in gradients)
                gradient.DetachFromDisposeScope();
            parts[lane] = (gradients, loss.Sum.ToDouble(), loss.Count);
        });
        var count = parts.Sum(part => part.Count);
        if (!double.IsFinite(parts.Sum(part => part.Sum)))
            throw new InvalidOperationException("The loss is not finite.");
        for (var i = 0; i < _weights.Length; i++)
        {
            foreach (var part in parts[1..])
                parts[0].Gradients[i].add_(part.Gradients[i]);
            parts[0].Gradients[i].mul_(1 / count);
        }
        _optimizer.Step([.. parts[0].Gradients], _learningRate);
        _step++;
        foreach (var gradient in parts.SelectMany(part => part.Gradients))
            gradient.Dispose();
    }

    public void Dispose()
    {
        _lanes.Dispose();
        _optimizer.Dispose();
        _objective.Dispose();
        foreach (var clips in _clips)
            clips.Dispose();
    }
}
