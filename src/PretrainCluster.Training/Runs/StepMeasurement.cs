using System.Diagnostics;
using PretrainCluster.Learning.Optimizers;

namespace PretrainCluster.Training.Runs;

/// <summary>
/// What steps of a plan take on this machine, measured with random clips: micro-batches of one clip, of two, four and so on, up to the plan's own or as long as there is time. What a larger one would take
/// follows from the last two. A loss of the whole global batch is measured by itself, on as many random embeddings as the batch has, and so is the update.
/// </summary>
/// <param name="OfClip">time of forward and backward of one clip on one lane</param>
/// <param name="OfStep">time of what there is once a step: a loss of the whole global batch, and the update</param>
/// <param name="StateBytes">weights, optimiser state and buffers; null where tensors are not counted: on Windows, and on a GPU</param>
/// <param name="TensorBytes">what a worker holds in tensors at their highest; null likewise</param>
sealed record StepMeasurement(TimeSpan OfClip, TimeSpan OfStep, double? StateBytes, double? TensorBytes)
{
    const int MostRounds = 10;
    static readonly TimeSpan s_largest = TimeSpan.FromSeconds(6), s_rounds = TimeSpan.FromSeconds(1), s_loss = TimeSpan.FromSeconds(5);

    /// <param name="lanes">micro-batches at a time</param>
    /// <param name="device">which need not be the plan's</param>
    /// <param name="mostClips">of the largest micro-batch that is tried; by default as many as take about six seconds</param>
    public static StepMeasurement Of(Plan plan, ClipShape clip, int lanes, Device device, int? mostClips = null)
    {
        var (batch, size) = (plan.Training.Batch, plan.Training.Batch.Clips / plan.Training.Batch.MicroBatches);
        using var probe = new Probe(plan, clip, device);
        var (small, large) = (default(Passed), probe.Warm(1));
        var (ofClip, most) = (large.Time, Math.Min(size, mostClips ?? size));
        while (large.Clips < most && (small.Clips == 0 || mostClips is not null || ofClip * Math.Min(2 * large.Clips, most) <= s_largest))
        {
            (small, large) = (large, probe.Warm(Math.Min(2 * large.Clips, most)));
            ofClip = Less(ofClip, large.Time / large.Clips);
        }
        ofClip = Less(ofClip, probe.MeanOf(large) / large.Clips);
        var loss = probe.LossOf(batch.Clips);
        var update = probe.Update();
        if (!probe.Counts)
            return new StepMeasurement(ofClip, loss.Time + update.Time, null, null);

        var more = (size - large.Clips) / (double)Math.Max(1, large.Clips - small.Clips);
        var graph = large.Graph + more * (large.Graph - small.Graph);
        // Of few clips a pass is at its highest where it adds up gradients, which do not grow with them; of many, where its graph is, which does.
        var lane = large.Highest + more * Math.Max(large.Highest - small.Highest, large.Graph - small.Graph);
        // Kept graphs lie beside those of the lanes while micro-batches are computed, and alone while the loss is; no micro-batch has more than one.
        var highest = Math.Max(Math.Min(probe.Kept + lanes, batch.MicroBatches) * graph + lanes * (lane - graph) + loss.Left, probe.Kept * graph + loss.Bytes);
        return new StepMeasurement(ofClip, loss.Time + update.Time, probe.State, probe.State + Math.Max(highest, update.Bytes));
    }

    /// <summary>What follows for a ratio from the values for 1 and for 2, where it grows as a b + c b².</summary>
    internal static double Grown(double one, double two, double ratio)
    {
        var square = Math.Max(0, two - 2 * one) / 2;
        return Math.Max(0, one - square) * ratio + square * ratio * ratio;
    }

    static TimeSpan Less(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>A micro-batch's passes, forward and backward.</summary>
    /// <param name="Graph">bytes in tensors, besides the state, when its forward pass is done</param>
    /// <param name="Highest">and at their highest</param>
    readonly record struct Passed(int Clips, TimeSpan Time, double Graph, double Highest);

    /// <summary>What there is once a step.</summary>
    /// <param name="Bytes">in tensors besides the state, at the highest</param>
    /// <param name="Left">of gradients, for the rest of the step</param>
    readonly record struct Once(TimeSpan Time, double Bytes, double Left);

    /// <summary>A trainer of the plan, and the parts of its steps one by one.</summary>
    sealed class Probe : IDisposable
    {
        readonly Plan _plan;
        readonly ClipShape _clip;
        readonly Device _device;
        readonly Trainer _trainer;
        readonly List<Tensor> _weights;
        readonly double _repeated;
        // Begins before anything is made of the plan: what is counted when it is freed has to be counted when it is made.
        readonly AllocationCount? _count;

        public Probe(Plan plan, ClipShape clip, Device device)
        {
            (_clip, _device) = (clip, device);
            _count = device.type == DeviceType.CPU && AllocationCount.IsSupported ? AllocationCount.Start() : null;
            _plan = plan with { Objective = ((ObjectiveSettings)plan.Objective.Resolve(plan.Encoder, clip.Frames)).AtMost };
            _trainer = new Trainer(_plan, clip, lanes: 1, device);
            State = Bytes;
            _weights = StepEngine.WeightsOf(_trainer.Objective);
            // Of an encoder that is frozen as a whole there is no second pass.
            _repeated = _trainer.Objective is GlobalBatchObjective && _weights.Count > 0 ? 1 - (double)Kept / plan.Training.Batch.MicroBatches : 0;
        }

        /// <summary>Whether bytes are counted.</summary>
        public bool Counts => _count is not null;

        /// <summary>Micro-batches of the plan's own steps whose graphs are kept.</summary>
        public int Kept => _trainer.Graphs;

        /// <summary>Bytes in tensors while nothing is computed.</summary>
        public double State { get; }

        /// <summary>A pass that finds everything warm, where passes are short.</summary>
        public Passed Warm(int clips)
        {
            var passed = Pass(clips);
            return passed.Time >= s_rounds ? passed : Pass(clips);
        }

        /// <summary>A micro-batch of random clips as a step has it: forward and backward, and the forward pass again for those whose graphs are not kept.</summary>
        public Passed Pass(int clips)
        {
            using var held = Finalizers.Hold();
            using var scope = NewDisposeScope();
            var (objective, statistics, random) = (_trainer.Objective, new List<Tensor>(), new CounterRandom((ulong)_plan.Seed, RandomPurpose.Objective));
            var numbers = Numbers((long)objective.Views * clips * _clip.Length);
            var began = Here();
            var views = tensor(numbers, [objective.Views, clips, _clip.Persons, _clip.Frames, _clip.Joints, 3]).to(_device);
            Tensor result;
            using (set_grad_enabled(_weights.Count > 0))
            using (Autocast.Enter(_device, _plan.Training.Precision))
            {
                result = objective switch
                {
                    GlobalBatchObjective coupled => coupled.Embed(views, random, statistics),
                    EarlierStepsObjective earlier => earlier.ForwardWithKeys(views, random, statistics).Loss.Sum,
                    var alone => alone.Forward(views, random).Sum,
                };
            }
            var forward = Since(began);
            var graph = Bytes - began.Bytes;
            if (_weights.Count > 0)
                autograd.grad([result], _weights, [ones_like(result)]);
            var (whole, bytes) = Since(began);
            statistics.ForEach(part => part.Dispose());
            return new Passed(clips, whole + _repeated * forward.Time, graph, Math.Max(forward.Bytes, bytes));
        }

        /// <summary>The mean time of more such passes, where they are short.</summary>
        public TimeSpan MeanOf(Passed passed)
        {
            var (sum, rounds) = (passed.Time, 1);
            for (; rounds < MostRounds && sum < s_rounds; rounds++)
                sum += Pass(passed.Clips).Time;
            return sum / rounds;
        }

        /// <summary>What follows once a step's gradients are summed, though with a rate that changes nothing.</summary>
        public Once Update()
        {
            using var held = Finalizers.Hold();
            using var scope = NewDisposeScope();
            var began = Here();
            var (training, objective) = (_plan.Training, _trainer.Objective);
            Tensor[] gradients = [.. objective.Trained.Select(weight => zeros_like((Tensor)weight.Parameter))];
            GradientNorm.Clip(gradients, training.Optimizer.ClipNorm, training.Optimizer.Clip);
            _trainer.Optimizer.Step(gradients, 0);
            if (objective is EarlierStepsObjective earlier)
                earlier.AfterStep(zeros(training.Batch.Clips, earlier.KeyWidth).to(_device));
            var (time, bytes) = Since(began);
            return new Once(time, bytes, 0);
        }

        /// <summary>Head and loss of a batch, and their gradients; of a large one, from what smaller ones take, which grows with the square of the batch at most.</summary>
        public Once LossOf(int clips)
        {
            if (_trainer.Objective is not GlobalBatchObjective coupled)
                return default;
            var constant = sizeof(float) * coupled.Head.Sum(weight => (double)weight.Parameter.numel());
            var left = constant + sizeof(float) * (double)clips * coupled.Views * coupled.EmbeddingWidth;
            var tried = Math.Min(clips, 64);
            // The first one finds nothing warm.
            LossOnce(coupled, tried);
            var small = LossOnce(coupled, tried);
            var ratio = (double)clips / tried;
            if (small.Time * (ratio * ratio) <= s_loss)
                return LossOnce(coupled, clips) with { Left = left };
            var large = LossOnce(coupled, 2 * tried);
            return new Once(TimeSpan.FromSeconds(Grown(small.Time.TotalSeconds, large.Time.TotalSeconds, ratio)), constant + Grown(small.Bytes - constant, large.Bytes - constant, ratio), left);
        }

        Once LossOnce(GlobalBatchObjective objective, int clips)
        {
            using var held = Finalizers.Hold();
            using var scope = NewDisposeScope();
            var numbers = Numbers((long)clips * objective.Views * objective.EmbeddingWidth);
            var began = Here();
            var rows = tensor(numbers, [clips, objective.Views, objective.EmbeddingWidth]).to(_device).requires_grad_(true);
            var loss = objective.Loss(rows, [.. Enumerable.Range(0, clips).Select(clip => (long)clip)], new CounterRandom((ulong)_plan.Seed, RandomPurpose.Objective)).Loss;
            autograd.grad([loss.Sum], [rows, .. objective.Head.Select(weight => (Tensor)weight.Parameter)]);
            var (time, bytes) = Since(began);
            return new Once(time, bytes, 0);
        }

        long Bytes => _count?.Bytes ?? 0;

        Mark Here()
        {
            Settle();
            _count?.Restart();
            return new Mark(Stopwatch.GetTimestamp(), Bytes);
        }

        /// <returns>the time since then, and the bytes beyond those of then at their highest</returns>
        (TimeSpan Time, double Bytes) Since(Mark began)
        {
            Settle();
            return (Stopwatch.GetElapsedTime(began.Timestamp), (_count?.Highest ?? 0) - began.Bytes);
        }

        // A GPU is asked for work and does it later.
        void Settle()
        {
            if (_device.type == DeviceType.CUDA)
                cuda.synchronize();
        }

        float[] Numbers(long count)
        {
            var random = new CounterRandom((ulong)_plan.Seed, RandomPurpose.View);
            var numbers = new float[count];
            for (var i = 0; i < numbers.Length; i++)
                numbers[i] = (float)random.NextGaussian();
            return numbers;
        }

        public void Dispose()
        {
            _trainer.Dispose();
            _count?.Dispose();
        }
    }

    /// <summary>A moment, and the bytes in tensors then.</summary>
    readonly record struct Mark(long Timestamp, long Bytes);
}
