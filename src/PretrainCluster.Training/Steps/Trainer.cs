using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Optimizers;
using PretrainCluster.Training.Batches;

namespace PretrainCluster.Training.Steps;

/// <summary>What a step did.</summary>
/// <param name="Loss">mean over the global batch, before the update</param>
/// <param name="GradientNorm">before clipping</param>
/// <param name="Applied">false where loss or gradient is not finite; then nothing was updated</param>
public readonly record struct StepResult(double Loss, double GradientNorm, double LearningRate, bool Applied);

/// <summary>An objective, its optimiser and the schedule: everything that a step changes, and all that a checkpoint must hold.</summary>
public sealed class Trainer : IDisposable
{
    readonly StepEngine _engine;
    readonly LearningRateSchedule _schedule;
    readonly OptimizerPlan _plan;

    /// <param name="lanes">micro-batches at a time; changes nothing but the speed</param>
    public Trainer(Plan plan, ClipShape clip, int lanes, Device device)
    {
        var seed = (ulong)plan.Seed;
        Objective = ObjectiveFactory.Create(plan.Objective, plan.Encoder, clip.Frames, clip.Joints, seed);
        Objective.to(device);
        Objective.train();
        _plan = plan.Training.Optimizer;
        Optimizer = Optimizer.Create(_plan, Objective.Weights);
        _schedule = new LearningRateSchedule(_plan, plan.Training.Epochs);
        _engine = new StepEngine(Objective, seed, plan.Training.Batch.MicroBatches, clip, lanes, device, plan.Training.Precision);
    }

    public Objective Objective { get; }
    public Optimizer Optimizer { get; }
    public int Lanes => _engine.Lanes;

    /// <summary>Trained numbers in all.</summary>
    public long Parameters => Objective.Weights.Sum(weight => weight.Parameter.numel());

    /// <param name="epoch">epochs done before this step, with the fraction of the current one</param>
    public StepResult Step(GlobalBatch batch, double epoch)
    {
        using var scope = NewDisposeScope();
        var outcome = _engine.Compute(batch);
        var gradients = _engine.Gradients(outcome);
        _engine.Return(outcome);

        var norm = GradientNorm.Clip(gradients, _plan.ClipNorm);
        var rate = _schedule.At(epoch);
        var finite = double.IsFinite(outcome.Loss) && double.IsFinite(norm);
        if (finite)
            Optimizer.Step(gradients, rate);
        return new StepResult(outcome.Loss, norm, rate, finite);
    }

    public void Dispose()
    {
        _engine.Dispose();
        Optimizer.Dispose();
        Objective.Dispose();
    }
}
