using System.Numerics;
using PretrainCluster.Learning.Devices;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Training.Runs;

/// <summary>What a plan will cost, before anything is started.</summary>
/// <param name="Samples">clips trained on</param>
/// <param name="Clip">as the encoder sees it</param>
/// <param name="Size">of the model</param>
/// <param name="Steps">of the whole run</param>
/// <param name="MemoryBytes">
/// of a worker process, about: itself, weights, optimiser state, gradients and the activations of the micro-batches under
/// way, measured on this machine; null where tensors are not counted
/// </param>
/// <param name="Training">measured on this machine with random clips, scaled to the run; null where the plan's device is not here</param>
public sealed record RunEstimate(
    long Samples, ClipShape Clip, ModelSize Size, long Steps, double? MemoryBytes, TimeSpan? Training)
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
        var size = ModelSize.Of(plan.Objective, plan.Encoder, clip);
        var order = new SamplingOrder((ulong)plan.Seed, shape.Clips, batch.Clips, batch.MicroBatches, batch.DropLast);
        var steps = order.TotalSteps(plan.Training.Epochs);

        lanes = Math.Min(lanes, batch.MicroBatches);
        var weights = sizeof(float) * (double)size.Parameters;
        var buffers = lanes + BitOperations.Log2((uint)batch.MicroBatches) + 1;
        var device = DeviceOf(plan);
        var measured = StepMeasurement.Of(plan, clip, lanes, device ?? torch.device(DeviceType.CPU));
        // A GPU's memory is not counted; the same tensors take about as much in the host's.
        var counted = device?.type != DeviceType.CUDA ? measured
            : StepMeasurement.Of(plan, clip, lanes, torch.device(DeviceType.CPU));
        // Beside tensors: gradients that wait to be added, and two copies of the state, a checkpoint's and the one that is handed to members that are behind.
        var memory = ProcessBytes + counted.TensorBytes + weights * buffers + 2 * counted.StateBytes;
        TimeSpan? time = device is null ? null
            : measured.OfClip * ((double)batch.Clips * steps / lanes) + measured.OfStep * (double)steps;
        return new RunEstimate(shape.Clips, clip, size, steps, memory, time);
    }

    /// <returns>null where the plan's device is not on this machine</returns>
    static Device? DeviceOf(Plan plan)
    {
        try
        {
            return ComputeDevice.Named(plan.Workers.Device);
        }
        catch (InputException)
        {
            return null;
        }
    }
}
