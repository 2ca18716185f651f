using System.Collections.Concurrent;
using System.Diagnostics;
using PretrainCluster.Artifacts.Checkpoints;
using PretrainCluster.Training.Faults;

namespace PretrainCluster.Training.Gang;

/// <summary>A snapshot that became a checkpoint.</summary>
sealed record WrittenSnapshot(long Generation, long Step, CheckpointManifest Manifest, double Seconds);

/// <summary>
/// Makes checkpoints behind the training: the training thread copies its state into a pooled buffer, and a thread of this object hashes and
/// stores it. One is under way at a time; training never waits for it.
/// </summary>
sealed class SnapshotWriter : IDisposable
{
    readonly RunCheckpoints _checkpoints;
    readonly Task<StateBuffer> _buffer;
    readonly Action<WrittenSnapshot> _written;
    readonly Action<string> _failed;
    readonly BlockingCollection<(long Generation, CheckpointProgress Progress)> _due = new(1);
    readonly Thread _thread;
    readonly ManualResetEventSlim _idle = new(true);
    long? _lastStep;
    Exception? _failure;

    /// <param name="makeBuffer">called beside the training; the first snapshot waits for it</param>
    /// <param name="written">called on the writing thread</param>
    /// <param name="failed">a checkpoint could not be written, though training goes on; called on the writing thread</param>
    public SnapshotWriter(RunCheckpoints checkpoints, Func<StateBuffer> makeBuffer, Action<WrittenSnapshot> written, Action<string> failed)
    {
        (_checkpoints, _buffer, _written, _failed) = (checkpoints, Task.Run(makeBuffer), written, failed);
        _thread = new Thread(Write) { IsBackground = true, Name = "snapshots" };
        _thread.Start();
    }

    /// <summary>The one before is still being written.</summary>
    public bool Busy => !_idle.IsSet;

    /// <summary>Copies the state and returns. Not while it is <see cref="Busy"/>.</summary>
    public void Begin(long generation, CheckpointProgress progress)
    {
        if (_lastStep == progress.Step)
            return;
        FaultPoint.Reach("snapshot", progress.Step);
        _buffer.GetAwaiter().GetResult().Fill();
        _idle.Reset();
        _due.Add((generation, progress));
    }

    /// <summary>Waits until nothing is being written.</summary>
    public void Settle() => _idle.Wait();

    /// <summary>Writes the state as a checkpoint and waits until it is stored.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Write(long generation, CheckpointProgress progress)
    {
        _idle.Wait();
        _failure = null;
        Begin(generation, progress);
        _idle.Wait();
        if (_failure is { } failure)
            throw new IOException($"the checkpoint of step {progress.Step} could not be written: {failure.Message}", failure);
    }

    public void Dispose()
    {
        _due.CompleteAdding();
        _thread.Join();
        _due.Dispose();
        _idle.Dispose();
        // It reads the trainer, which may go next.
        Task.WaitAny(_buffer);
    }

    void Write()
    {
        foreach (var (generation, progress) in _due.GetConsumingEnumerable())
        {
            try
            {
                var watch = Stopwatch.StartNew();
                FaultPoint.Reach("commit", progress.Step);
                var manifest = _checkpoints.Save(_buffer.Result, progress);
                _lastStep = progress.Step;
                _written(new WrittenSnapshot(generation, progress.Step, manifest, watch.Elapsed.TotalSeconds));
            }
            catch (Exception failure)
            {
                _failure = failure;
                _failed($"the checkpoint of step {progress.Step} could not be written: {failure.Message}");
            }
            finally
            {
                _idle.Set();
            }
        }
    }
}
