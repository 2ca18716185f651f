using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Skeletons.Views;

namespace PretrainCluster.Training.Batches;

/// <summary>
/// Makes the global batches of a run, in order, on a thread of its own and a few steps ahead. A clip's view depends on (seed, epoch, sample) alone.
/// </summary>
public sealed class BatchLoader : IDisposable
{
    const int StepsAhead = 2;

    readonly SamplingOrder _order;
    readonly IReadOnlyList<long> _samples;
    readonly ViewMaker _views;
    readonly ulong _seed;
    readonly ClipShape _clip;
    readonly BlockingCollection<GlobalBatch> _ready = new(StepsAhead);
    readonly ConcurrentBag<float[]> _buffers = [];
    readonly CancellationTokenSource _stop = new();
    readonly Thread _thread;
    ExceptionDispatchInfo? _failure;

    /// <param name="samples">the dataset's indices of the samples that <paramref name="order"/> orders</param>
    /// <param name="firstStep">from 0</param>
    /// <param name="endStep">one past the last</param>
    public BatchLoader(SamplingOrder order, IReadOnlyList<long> samples, ViewMaker views, ClipShape clip, ulong seed, long firstStep, long endStep)
    {
        (_order, _samples, _views, _clip, _seed) = (order, samples, views, clip, seed);
        _thread = new Thread(() => Load(firstStep, endStep)) { IsBackground = true, Name = "batch loader" };
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
            for (var step = firstStep; step < endStep; step++)
                _ready.Add(Make(step), _stop.Token);
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

    GlobalBatch Make(long step)
    {
        var microBatches = new MicroBatch[_order.MicroBatches];
        for (var m = 0; m < microBatches.Length; m++)
        {
            _stop.Token.ThrowIfCancellationRequested();
            var scheduled = _order.OfMicroBatch(step, m);
            var samples = new long[scheduled.Length];
            var clips = _buffers.TryTake(out var buffer) ? buffer : new float[scheduled.Length * _clip.Length];
            for (var i = 0; i < scheduled.Length; i++)
            {
                samples[i] = _samples[(int)scheduled[i].Sample];
                var random = new CounterRandom(_seed, RandomPurpose.View, (ulong)scheduled[i].Epoch, (ulong)samples[i]);
                _views.MakeTraining(samples[i], random, clips.AsSpan(i * _clip.Length, _clip.Length));
            }
            microBatches[m] = new MicroBatch(m, samples, clips);
        }
        return new GlobalBatch(step, microBatches);
    }
}
