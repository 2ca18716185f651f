using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using PretrainCluster.Artifacts.Checkpoints;
using PretrainCluster.Learning.Devices;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Lanes;
using PretrainCluster.Training.Checkpoints;

namespace PretrainCluster.Hosting.Hosts;

/// <summary>
/// The monitor of a run under way (<see cref="NeighbourMonitor"/>). It measures checkpoints, one after another, on a thread of the lowest priority beside the host's own work:
/// training neither waits for it nor knows of it.
/// </summary>
sealed partial class CheckpointMonitor : IDisposable
{
    const int ThisThread = 0, LowestPriority = 19;

    readonly RunFacts _facts;
    readonly RunFolder _folder;
    readonly BlockingCollection<(long Step, Task<CheckpointReading> Reading)> _due = [];
    readonly ConcurrentQueue<(MonitorMetrics? Metrics, string Note)> _said = [];
    readonly CancellationTokenSource _stop = new();
    readonly Thread _thread;
    long _last;
    int _open;
    volatile bool _givenUp;

    /// <param name="measured">what stands in the run's folder already</param>
    public CheckpointMonitor(RunFacts facts, RunFolder folder, IReadOnlyList<MonitorMetrics> measured)
    {
        (_facts, _folder, _last) = (facts, folder, measured is [.., var newest] ? newest.Step : 0);
        _thread = new Thread(Work) { IsBackground = true, Name = "monitor", Priority = ThreadPriority.Lowest };
        _thread.Start();
    }

    /// <summary>Whether a measurement is under way, planned, or not yet taken.</summary>
    public bool IsBusy => Volatile.Read(ref _open) > 0 || !_said.IsEmpty;

    /// <summary>A checkpoint was written; it is measured if it is the first one after a multiple of the plan's epochs.</summary>
    public void Offer(long step)
    {
        if (Turn(step) <= Turn(_last) || _givenUp)
            return;
        _last = step;
        Interlocked.Increment(ref _open);
        // From now on, however long its turn takes, retention leaves it alone until its figure is there, by which it may be one of the best.
        _due.Add((step, Task.Run(() => RunStore.Open(_facts.Plan, _folder).BeginReadingAsync(_facts.Plan.Name, step, _stop.Token))));
    }

    /// <summary>What was measured since the last call, or, without metrics, a line for the log.</summary>
    public IEnumerable<(MonitorMetrics? Metrics, string Note)> Take()
    {
        while (_said.TryDequeue(out var said))
            yield return said;
    }

    /// <summary>Ends it; what is under way is given up.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _due.CompleteAdding();
        _thread.Join();
        while (_due.TryTake(out var left))
            End(left.Reading);
        _due.Dispose();
        _stop.Dispose();
    }

    // A step that ends an epoch must not count as one before it.
    long Turn(long step) => (long)(EpochsAfter(step) / _facts.Plan.Evaluation.Monitor.EveryEpochs + 1e-9);

    double EpochsAfter(long step) => _facts.Stages is { } stages
        ? stages.Sum(stage => stage.Epochs * Math.Clamp((step - stage.FirstStep + 1) / (double)(stage.LastStep - stage.FirstStep + 1), 0, 1))
        : step * (double)_facts.Plan.Training.Epochs / _facts.Steps;

    void Work()
    {
        if (OperatingSystem.IsLinux())
            _ = SetPriority(0, ThisThread, LowestPriority);
        Measuring? measuring = null;
        try
        {
            foreach (var (step, reading) in _due.GetConsumingEnumerable(_stop.Token))
            {
                try
                {
                    measuring ??= Begin();
                    if (measuring is not null)
                        _said.Enqueue((measuring.Measure(reading.GetAwaiter().GetResult(), step, EpochsAfter(step), _stop.Token), ""));
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    Say($"the kNN monitor left out step {step}: {failure.Message}");
                }
                finally
                {
                    End(reading);
                    Interlocked.Decrement(ref _open);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The run goes without the rest.
        }
        finally
        {
            measuring?.Dispose();
        }
    }

    /// <summary>Null where this run cannot be monitored; then nothing more is tried.</summary>
    Measuring? Begin()
    {
        if (_givenUp)
            return null;
        try
        {
            var measuring = new Measuring(_facts.Plan, _folder);
            Say($"the kNN monitor looks up {measuring.Description}");
            return measuring;
        }
        catch (Exception failure)
        {
            _givenUp = true;
            Say($"there is no kNN monitor: {failure.Message}");
            return null;
        }
    }

    static void End(Task<CheckpointReading> reading)
    {
        try
        {
            reading.GetAwaiter().GetResult().DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
        catch (Exception)
        {
            // It was never begun, which was said, or its end is not stored: retention waits for no reader longer than an hour.
        }
    }

    void Say(string note) => _said.Enqueue((null, note));

    // A thread's own priority, where the system has one for each: .NET has none on Linux.
    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);

    sealed class Measuring : IDisposable
    {
        readonly Plan _plan;
        readonly RunFolder _folder;
        readonly SkeletonDataset _dataset;
        readonly NeighbourMonitor _monitor;
        readonly SkeletonEncoder _encoder;
        readonly Device _device;
        readonly LanePool _lanes = new(1);

        public Measuring(Plan plan, RunFolder folder)
        {
            (_plan, _folder, _device) = (plan, folder, ComputeDevice.Named(plan.Workers.Device));
            _dataset = SkeletonDataset.Open(plan.Data.Dataset);
            try
            {
                _monitor = new NeighbourMonitor(plan, _dataset);
                _encoder = EncoderFactory.Create(plan.Encoder, ClipShape.Of(_dataset, plan.View.Frames), (ulong)plan.Seed);
            }
            catch
            {
                _dataset.Dispose();
                throw;
            }
            _encoder.to(_device);
            _encoder.eval();
        }

        public string Description => _monitor.Description;

        public MonitorMetrics Measure(CheckpointReading reading, long step, double epoch, CancellationToken cancellation)
        {
            var store = RunStore.Open(_plan, _folder);
            RunCheckpoints.LoadEncoder(store, reading, _encoder);
            var measured = _monitor.Measure(_encoder, _device, _lanes, cancellation);
            store.Monitored.PutAsync(reading.Manifest, measured[0].Accuracy, cancellation).GetAwaiter().GetResult();
            return new MonitorMetrics(step, epoch, [.. measured.Select(value => new MonitorValue(value.Neighbours, value.Accuracy))]);
        }

        public void Dispose()
        {
            _lanes.Dispose();
            _encoder.Dispose();
            _dataset.Dispose();
        }
    }
}
