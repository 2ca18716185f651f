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
/// follows from the growth between two sizes. A loss of the whole global batch is measured by itself, on as many random embeddings as the batch has.
/// </summary>
/// <param name="OfClip">time of forward and backward of one clip on one lane</param>
/// <param name="OfLoss">time of a step's loss of the whole global batch; zero where there is none</param>
/// <param name="TensorBytes">what the process holds for tensors at their highest; null where the engine does not count, and on a GPU</param>
sealed record StepMeasurement(TimeSpan OfClip, TimeSpan OfLoss, double? TensorBytes)
{
    const int MostRounds = 10;
    static readonly TimeSpan s_largest = TimeSpan.FromSeconds(3), s_rounds = TimeSpan.FromSeconds(1), s_loss = TimeSpan.FromSeconds(5);

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
        var (one, loss, kept) = Begin(plan, clip, device);
        var largest = (int)Math.Clamp(mostClips ?? s_largest / one.OfClip, Math.Min(2, size), size);
        var large = largest == 1 ? one : Take(largest);
        var ofClip = large.OfClip < one.OfClip ? large.OfClip : one.OfClip;
        if (one.Bytes is null)
            return new StepMeasurement(ofClip, loss.Time, null);

        var (state, graph, lane, update) = large.Bytes!.Value;
        if (largest < size)
        {
            var small = (largest == 2 ? one : Take(largest / 2)).Bytes!.Value;
            var more = (size - largest) / (double)(largest - largest / 2);
            (graph, lane) = (graph + more * (graph - small.Graph), lane + more * (lane - small.Lane));
        }
        // Kept graphs lie beside those of the lanes while micro-batches are computed, and alone while the loss is; no micro-batch has more than one.
        var highest = Math.Max(Math.Min(kept + lanes, batch.MicroBatches) * graph + lanes * (lane - graph) + loss.Left, kept * graph + loss.Bytes);
        return new StepMeasurement(ofClip, loss.Time, TensorMemory.Held(state + Math.Max(highest, update)));

        Sample Take(int clips)
        {
            using var probe = new Probe(plan, clip, clips, device);
            return probe.Encode();
        }
    }

    /// <summary>Of one clip, and what there is to measure but once.</summary>
    static (Sample One, Loss Loss, int Kept) Begin(Plan plan, ClipShape clip, Device device)
    {
        using var probe = new Probe(plan, clip, 1, device);
        return (probe.Encode(), probe.LossOf(plan.Training.Batch.Clips), probe.Kept);
    }

    /// <param name="Bytes">null where they are not counted</param>
    readonly record struct Sample(TimeSpan OfClip, Peaks? Bytes);

    /// <summary>Bytes in tensors.</summary>
    /// <param name="State">before the step</param>
    /// <param name="Graph">besides, when a micro-batch's forward pass is done</param>
    /// <param name="Lane">besides, at the highest of a micro-batch's passes</param>
    /// <param name="Update">besides, when all else is done</param>
    readonly record struct Peaks(double State, double Graph, double Lane, double Update);

    /// <param name="Bytes">at the highest</param>
    /// <param name="Left">of gradients, for the rest of the step</param>
    readonly record struct Loss(TimeSpan Time, double Bytes, double Left);

    /// <summary>A trainer whose steps are one micro-batch of some clips.</summary>
    sealed class Probe : IDisposable
    {
        readonly Plan _plan;
        readonly ClipShape _clip;
        readonly Device _device;
        readonly Trainer _trainer;
        readonly GlobalBatch _batch;
        readonly int _clips;
        readonly long _before;
        readonly double _repeated;
        readonly bool _counts;
        long _lane;
        bool _first = true;

        public Probe(Plan plan, ClipShape clip, int clips, Device device)
        {
            (_clip, _clips, _device, _counts) = (clip, clips, device, device.type == DeviceType.CPU && TensorMemory.Counts);
            // Where chance decides which views have hidden tokens, all of them may.
            _plan = plan with
            {
                Objective = plan.Objective with { MaskProbability = 1 },
                Training = plan.Training with { Batch = new() { Clips = clips, MicroBatches = 1 } },
            };
            _before = TensorMemory.Used;
            _trainer = new Trainer(_plan, clip, lanes: 1, device, graphs: 0)
            {
                // What is used up to an exchange is the micro-batch's; all else, the update's.
                PhaseEntered = phase =>
                {
                    if (phase == WorkerPhase.Exchange && _first)
                        _lane = Math.Max(_lane, Highest());
                },
            };
            State = TensorMemory.Used - _before;
            Kept = KeptGraphs.Of(plan, clip, _trainer.Objective);
            _repeated = 1 - (double)Kept / plan.Training.Batch.MicroBatches;
            _batch = Random();
        }

        /// <summary>Micro-batches of the plan's own steps whose graphs are kept.</summary>
        public int Kept { get; }

        long State { get; }

        public Sample Encode()
        {
            using var exchange = new SoloExchange(generation: 0);
            Highest();
            var began = Stopwatch.GetTimestamp();
            _trainer.Step(_batch, 0, exchange);
            var took = Stopwatch.GetElapsedTime(began);
            var (graph, lane, update) = (_lane, _lane, Highest());
            _first = false;
            // A first step finds nothing warm, which short ones would be judged by.
            if (_trainer.Objective is GlobalBatchObjective coupled)
                (took, graph, lane) = Rounds(() => Passes(coupled));
            else if (took < s_rounds)
                took = Rounds(() => (Step(exchange), 0L, 0L)).Time;
            return new Sample(took / _clips, _counts ? new Peaks(State, graph, lane, update) : null);
        }

        /// <summary>Head and loss of a batch, and their gradients; of a large one, from what smaller ones take, which grows with the square of the batch at most.</summary>
        public Loss LossOf(int clips)
        {
            if (_trainer.Objective is not GlobalBatchObjective coupled)
                return default;
            var left = sizeof(float) * (coupled.Head.Sum(weight => (double)weight.Parameter.numel()) + (double)clips * coupled.Views * coupled.EmbeddingWidth);
            var tried = Math.Min(clips, 64);
            var small = LossOnce(coupled, tried);
            var ratio = (double)clips / tried;
            if (small.Time * (ratio * ratio) <= s_loss)
                return LossOnce(coupled, clips) with { Left = left };
            var large = LossOnce(coupled, 2 * tried);
            var constant = sizeof(float) * coupled.Head.Sum(weight => (double)weight.Parameter.numel());
            return new Loss(TimeSpan.FromSeconds(Grown(small.Time.TotalSeconds, large.Time.TotalSeconds)), constant + Grown(small.Bytes - constant, large.Bytes - constant), left);

            // a b + c b², through two values.
            double Grown(double one, double two)
            {
                var square = Math.Max(0, two - 2 * one) / 2;
                return Math.Max(0, one - square) * ratio + square * ratio * ratio;
            }
        }

        Loss LossOnce(GlobalBatchObjective objective, int clips)
        {
            using var scope = NewDisposeScope();
            var rows = tensor(Numbers((long)clips * objective.Views * objective.EmbeddingWidth), [clips, objective.Views, objective.EmbeddingWidth]).to(_device).requires_grad_(true);
            Highest();
            var began = Stopwatch.GetTimestamp();
            var loss = objective.Loss(rows, [.. Enumerable.Range(0, clips).Select(clip => (long)clip)], new CounterRandom((ulong)_plan.Seed, RandomPurpose.Objective)).Loss;
            autograd.grad([loss.Sum], [rows, .. objective.Head.Select(weight => (Tensor)weight.Parameter)]);
            return new Loss(Stopwatch.GetElapsedTime(began), Highest(), 0);
        }

        /// <summary>A micro-batch of a coupled step: forward and backward, and the forward pass again for those whose graphs are not kept.</summary>
        (TimeSpan Time, long Graph, long Lane) Passes(GlobalBatchObjective objective)
        {
            using var scope = NewDisposeScope();
            var clips = tensor(_batch.MicroBatches[0].Clips, [objective.Views, _clips, _clip.Persons, _clip.Frames, _clip.Joints, 3]).to(_device);
            Highest();
            var (began, statistics) = (Stopwatch.GetTimestamp(), new List<Tensor>());
            Tensor embeddings;
            using (Autocast.Enter(_device, _plan.Training.Precision))
                embeddings = objective.Embed(clips, new CounterRandom((ulong)_plan.Seed, RandomPurpose.Objective), statistics);
            var (forward, graph) = (Stopwatch.GetElapsedTime(began), Highest());
            Tensor[] weights = [.. objective.Trained.SkipLast(objective.Head.Count).Select(weight => (Tensor)weight.Parameter)];
            if (weights.Length > 0)
                autograd.grad([embeddings], weights, [ones_like(embeddings)]);
            var whole = Stopwatch.GetElapsedTime(began);
            statistics.ForEach(part => part.Dispose());
            return (whole + _repeated * forward, graph, Math.Max(graph, Highest()));
        }

        TimeSpan Step(IExchange exchange)
        {
            var began = Stopwatch.GetTimestamp();
            _trainer.Step(_batch, 0, exchange);
            return Stopwatch.GetElapsedTime(began);
        }

        /// <summary>The mean time, and the peaks of the last.</summary>
        static (TimeSpan Time, long Graph, long Lane) Rounds(Func<(TimeSpan Time, long Graph, long Lane)> round)
        {
            var (sum, rounds, last) = (TimeSpan.Zero, 0, default((TimeSpan Time, long Graph, long Lane)));
            do
            {
                last = round();
                sum += last.Time;
            }
            while (++rounds < MostRounds && sum < s_rounds);
            return (sum / rounds, last.Graph, last.Lane);
        }

        /// <summary>The most bytes since this was asked before, besides the state.</summary>
        long Highest() => _counts ? TensorMemory.TakeHighest() - _before - State : 0;

        GlobalBatch Random() => new(0, [new MicroBatch(0, [.. Enumerable.Range(0, _clips).Select(clip => (long)clip)], Numbers(_trainer.Objective.Views * _clips * (long)_clip.Length))]);

        float[] Numbers(long count)
        {
            var random = new CounterRandom((ulong)_plan.Seed, RandomPurpose.View);
            var numbers = new float[count];
            for (var i = 0; i < numbers.Length; i++)
                numbers[i] = (float)random.NextGaussian();
            return numbers;
        }

        public void Dispose() => _trainer.Dispose();
    }
}
