using System.Diagnostics;
using PretrainCluster.Core;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Devices;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Training.Runs;

/// <summary>
/// What steps of a plan take on this machine, measured with random clips: micro-batches of one clip, and then of as many as there is time for, up to the plan's own. What a larger one would take
/// follows from the growth between two sizes.
/// </summary>
/// <param name="OfClip">time of forward and backward of one clip on one lane</param>
/// <param name="TensorBytes">what the process holds for tensors at their highest; null where the engine does not count, and on a GPU</param>
sealed record StepMeasurement(TimeSpan OfClip, double? TensorBytes)
{
    const int MostRounds = 10;
    static readonly TimeSpan s_largest = TimeSpan.FromSeconds(3), s_rounds = TimeSpan.FromSeconds(1);

    /// <param name="lanes">micro-batches at a time</param>
    /// <param name="mostClips">of the largest micro-batch that is tried; by default as many as take about three seconds</param>
    /// <returns>null where the plan's device is not here</returns>
    public static StepMeasurement? Of(Plan plan, ClipShape clip, int lanes, int? mostClips = null)
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

        var (batch, size) = (plan.Training.Batch, plan.Training.Batch.Clips / plan.Training.Batch.MicroBatches);
        var one = Take(1, 1);
        if (one.Bytes is null)
            return new StepMeasurement(one.OfClip, null);
        var largest = (int)Math.Clamp(mostClips ?? s_largest / one.OfClip, Math.Min(2, size), size);
        var large = largest == 1 ? one : Take(largest, 1);
        var bytes = large.Bytes!.Value;
        double lane = bytes.Lane, whole = 0;
        if (largest < size)
            lane += (size - largest) * Growth(largest == 2 ? one : Take(largest / 2, 1), large) / (largest - largest / 2);
        // Graphs that are kept, which were not measured, lie beside those of the lanes; no micro-batch has more than one.
        var graphs = large.IsWhole ? Math.Min(batch.MicroBatches, lanes + Trainer.GraphsKept(plan, clip)) : lanes;
        // Heads and loss of a global batch see all its clips together.
        if (large.IsWhole && batch.MicroBatches > 1)
            whole = (batch.MicroBatches - 1) * ((double)size / largest) * Math.Max(0, Growth(large, Take(largest, 2)));
        return new StepMeasurement(large.OfClip < one.OfClip ? large.OfClip : one.OfClip, TensorMemory.Held(bytes.State + Math.Max(graphs * lane + whole, bytes.Update)));

        // Where chance decides which views have hidden tokens, all of them may.
        Sample Take(int clips, int microBatches) => Measure(plan with
        {
            Objective = plan.Objective with { MaskProbability = 1 },
            Training = plan.Training with { Batch = new() { Clips = clips * microBatches, MicroBatches = microBatches } },
        }, clip, device);
    }

    static double Growth(Sample small, Sample large) => large.Bytes!.Value.Lane - (double)small.Bytes!.Value.Lane;

    static Sample Measure(Plan plan, ClipShape clip, Device device)
    {
        var (lane, state, counts) = (0L, 0L, false);
        using var trainer = new Trainer(plan, clip, lanes: 1, device, graphs: 0)
        {
            // What is used up to an exchange is the micro-batch's; all else, the update's.
            PhaseEntered = phase =>
            {
                if (phase == WorkerPhase.Exchange && counts)
                    lane = Math.Max(lane, TensorMemory.TakeHighest() - state);
            },
        };
        var batch = Random(plan, clip, trainer.Objective.Views);
        using var exchange = new SoloExchange(generation: 0);
        state = device.type == DeviceType.CPU ? TensorMemory.Used : 0;
        counts = state > 0;
        TensorMemory.TakeHighest();
        var (watch, steps) = (Stopwatch.StartNew(), 1);
        trainer.Step(batch, 0, exchange);
        var update = TensorMemory.TakeHighest() - state;
        // A first step finds nothing warm, which short ones would be judged by.
        if (watch.Elapsed < s_rounds)
        {
            (steps, counts) = (0, false);
            watch.Restart();
            do
                trainer.Step(batch, 0, exchange);
            while (++steps < MostRounds && watch.Elapsed < s_rounds);
        }
        return new Sample(watch.Elapsed / steps / plan.Training.Batch.Clips, state > 0 ? (state, lane, update) : null, trainer.Objective is GlobalBatchObjective);
    }

    static GlobalBatch Random(Plan plan, ClipShape clip, int views)
    {
        var (batch, random) = (plan.Training.Batch, new CounterRandom((ulong)plan.Seed, RandomPurpose.View));
        var samples = batch.Clips / batch.MicroBatches;
        return new GlobalBatch(0, [.. Enumerable.Range(0, batch.MicroBatches).Select(index =>
        {
            var clips = new float[views * samples * clip.Length];
            for (var i = 0; i < clips.Length; i++)
                clips[i] = (float)random.NextGaussian();
            return new MicroBatch(index, [.. Enumerable.Range(index * samples, samples).Select(sample => (long)sample)], clips);
        })]);
    }

    /// <param name="Bytes">in tensors, null where they are not counted: before the step; besides, in a lane; besides, when all else is done</param>
    /// <param name="IsWhole">whether the loss is one of the whole global batch</param>
    readonly record struct Sample(TimeSpan OfClip, (long State, long Lane, long Update)? Bytes, bool IsWhole);
}
