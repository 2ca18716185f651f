using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using PretrainCluster.Skeletons.Views;

namespace PretrainCluster.Training.Batches;

/// <summary>
/// Makes a member's share of a run's global batches, in order, on a thread of its own and a few steps ahead. A view of a clip depends on
/// (seed, epoch, sample, view) alone.
/// </summary>
public sealed class BatchLoader : IDisposable
{
    const int StepsAhead = 2, ShardStepsAhead = 16;

    readonly SamplingOrder _order;
    readonly IReadOnlyList<long> _samples;
    readonly ViewMaker _maker;
    readonly int _views, _firstMicroBatch, _endMicroBatch;
    readonly ulong _seed;
    readonly ClipShape _clip;
    readonly BlockingCollection<GlobalBatch> _ready = new(StepsAhead);
    readonly ConcurrentBag<float[]> _buffers = [];
    readonly CancellationTokenSource _stop = new();
    readonly Thread _thread;
    readonly Action<IEnumerable<long>>? _fetchAhead;
    ExceptionDispatchInfo? _failure;

    /// <param name="samples">the dataset's indices of the samples that <paramref name="order"/> orders</param>
    /// <param name="views">views of each clip</param>
    /// <param name="steps">from the first to one past the last, from 0</param>
    /// <param name="microBatches">those of each step that are made, from the first to one past the last</param>
    /// <param name="fetchAhead">told some steps ahead which samples will be read; null where they are at hand</param>
    public BatchLoader(SamplingOrder order, IReadOnlyList<long> samples, ViewMaker maker, int views, ClipShape clip, ulong seed, (long First, long End) steps, (int First, int End) microBatches, Action<IEnumerable<long>>? fetchAhead = null)
    {
        _fetchAhead = fetchAhead;
        (_order, _samples, _maker, _views, _clip, _seed) = (order, samples, maker, views, clip, seed);
        (_firstMicroBatch, _endMicroBatch) = microBatches;
        _thread = new Thread(() => Load(steps.First, steps.End)) { IsBackground = true, Name = "batch loader" };
        _thread.Start();
    }

    /// <summary>The next step's batch; hand it back with <see cref="Return"/>.</summary>
    /// <exception cref="InvalidOperationException">There is no further step.</exception>
    public GlobalBatch Next()
    {
        if (_ready.TryTake(out var batch, Timeout.Infinite))
            return batch;
        _failure?.Throw();
        throw new InvalidOperationException("There is no further step.");
    }

    public void Return(GlobalBatch batch)
    {
        foreach (var microBatch in batch.MicroBatches)
            _buffers.Add(microBatch.Clips);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _ready.Dispose();
        _stop.Dispose();
    }

    void Load(long firstStep, long endStep)
    {
        try
        {
            var announced = firstStep;
            for (var step = firstStep; step < endStep; step++)
            {
                for (; _fetchAhead is not null && announced < Math.Min(endStep, step + ShardStepsAhead); announced++)
                    _fetchAhead(SamplesOf(announced));
                _ready.Add(Make(step), _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception exception)
        {
            _failure = ExceptionDispatchInfo.Capture(exception);
        }
        finally
        {
            _ready.CompleteAdding();
        }
    }

    IEnumerable<long> SamplesOf(long step) =>
        Enumerable.Range(_firstMicroBatch, _endMicroBatch - _firstMicroBatch).SelectMany(index => _order.OfMicroBatch(step, index)).Select(turn => _samples[(int)turn.Sample]);

    GlobalBatch Make(long step)
    {
        var microBatches = new MicroBatch[_endMicroBatch - _firstMicroBatch];
        for (var m = 0; m < microBatches.Length; m++)
        {
            _stop.Token.ThrowIfCancellationRequested();
            var index = _firstMicroBatch + m;
            var scheduled = _order.OfMicroBatch(step, index);
            var samples = Array.ConvertAll(scheduled, turn => _samples[(int)turn.Sample]);
            var clips = _buffers.TryTake(out var buffer) ? buffer : new float[_views * samples.Length * _clip.Length];
            for (var view = 0; view < _views; view++)
            {
                for (var i = 0; i < samples.Length; i++)
                {
                    var random = new CounterRandom(_seed, RandomPurpose.View, (ulong)scheduled[i].Epoch, (ulong)samples[i], (ulong)view);
                    _maker.MakeTraining(samples[i], random, clips.AsSpan((view * samples.Length + i) * _clip.Length, _clip.Length));
                }
            }
            microBatches[m] = new MicroBatch(index, samples, clips);
        }
        return new GlobalBatch(step, microBatches) { Samples = Array.ConvertAll(_order.OfStep(step), turn => _samples[(int)turn.Sample]) };
    }
}
