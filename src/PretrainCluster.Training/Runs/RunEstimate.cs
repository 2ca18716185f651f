using System.Diagnostics;
using System.Numerics;
using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Devices;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Skeletons.Layouts;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Training.Runs;

/// <summary>What a plan will cost, before anything is started.</summary>
/// <param name="Samples">clips trained on</param>
/// <param name="Clip">as the encoder sees it</param>
/// <param name="Cost">of the model, from its sizes</param>
/// <param name="Steps">of the whole run</param>
/// <param name="MemoryBytes">of a worker process, about: itself, weights, optimiser state, gradients and the activations of the micro-batches under way</param>
/// <param name="Training">measured on this machine with random clips, scaled to the run; null where the plan's device is not here</param>
public sealed record RunEstimate(long Samples, ClipShape Clip, ModelCost Cost, long Steps, double MemoryBytes, TimeSpan? Training)
{
    // The runtime, libtorch and its kernels, before the first weight; `pretrain bench recipes` measures whole workers beside their estimate.
    const double ProcessBytes = 0.4 * (1L << 30);

    /// <param name="plan">what would run</param>
    /// <param name="shape">of the dataset, or what the plan declares of it</param>
    /// <param name="lanes">micro-batches at a time</param>
    public static RunEstimate Of(Plan plan, DataShape shape, int lanes)
    {
        var batch = plan.Training.Batch;
        var clip = new ClipShape(shape.Persons, plan.View.Frames, shape.Joints, JointLayouts.Row(shape.Joints));
        var cost = ModelCost.Of(plan.Objective, plan.Encoder, clip.Persons, clip.Frames, clip.Joints);
        var order = new SamplingOrder((ulong)plan.Seed, shape.Clips, batch.Clips, batch.MicroBatches, batch.DropLast);
        var steps = order.TotalSteps(plan.Training.Epochs);

        lanes = Math.Min(lanes, batch.MicroBatches);
        var parameters = cost.EncoderParameters + cost.HeadParameters;
        var moments = plan.Training.Optimizer.Kind == OptimizerKind.AdamW ? 2 : 1;
        var buffers = lanes + BitOperations.Log2((uint)batch.MicroBatches) + 2;
        var memory = ProcessBytes + sizeof(float) * (double)parameters * (1 + moments + buffers)
            + cost.BufferBytes + cost.ActivationBytes * order.MicroBatchSize * lanes;
        return new RunEstimate(shape.Clips, clip, cost, steps, memory, Measure(plan, clip) * ((double)batch.Clips * steps / lanes));
    }

    /// <summary>Seconds of forward and backward of one clip on one lane.</summary>
    static TimeSpan? Measure(Plan plan, ClipShape clip)
    {
        Device device;
        try
        {
            device = ComputeDevice.Named(plan.Workers.Device);
        }
        catch (InputException)
        {
            return null;
        }
        var one = plan with { Training = plan.Training with { Batch = new BatchPlan { Clips = 1, MicroBatches = 1 } } };
        using var trainer = new Trainer(one, clip, lanes: 1, device);
        var random = new CounterRandom((ulong)plan.Seed, RandomPurpose.View);
        var clips = new float[trainer.Objective.Views * clip.Length];
        for (var i = 0; i < clips.Length; i++)
            clips[i] = (float)random.NextGaussian();
        var batch = new GlobalBatch(0, [new MicroBatch(0, [0], clips)]);

        using var exchange = new SoloExchange(generation: 0);
        trainer.Step(batch, 0, exchange);
        var watch = Stopwatch.StartNew();
        var rounds = 0;
        do
            trainer.Step(batch, 0, exchange);
        while (++rounds < 10 && watch.Elapsed < TimeSpan.FromSeconds(1));
        return watch.Elapsed / rounds;
    }
}
