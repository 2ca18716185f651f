using System.Collections.Concurrent;
using System.Diagnostics;
using PretrainCluster.Artifacts.Checkpoints;
using PretrainCluster.Training.Checkpoints;
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
    readonly StateBuffer _buffer;
    readonly Action<WrittenSnapshot> _written;
    readonly Action<string> _failed;
    readonly BlockingCollection<(long Generation, long Step, double Seconds, double? Loss)> _due = new(1);
    readonly Thread _thread;
    readonly ManualResetEventSlim _idle = new(true);
    long? _lastStep;
    Exception? _failure;

    /// <param name="written">called on the writing thread</param>
    /// <param name="failed">a checkpoint could not be written, though training goes on; called on the writing thread</param>
    public SnapshotWriter(RunCheckpoints checkpoints, StateBuffer buffer, Action<WrittenSnapshot> written, Action<string> failed)
    {
        (_checkpoints, _buffer, _written, _failed) = (checkpoints, buffer, written, failed);
        _thread = new Thread(Write) { IsBackground = true, Name = "snapshots" };
        _thread.Start();
    }

    /// <summary>The one before is still being written.</summary>
    public bool Busy => !_idle.IsSet;

    /// <summary>Copies the state and returns; false where the one before is still being written, and nothing was done.</summary>
    public bool TryBegin(long generation, long step, double seconds, double? loss)
    {
        if (Busy)
            return false;
        if (_lastStep == step)
            return true;
        FaultPoint.Reach("snapshot", step);
        _buffer.Fill();
        _idle.Reset();
        _due.Add((generation, step, seconds, loss));
        return true;
    }

    /// <summary>Waits until nothing is being written.</summary>
    public void Settle() => _idle.Wait();

    /// <summary>Writes the state as a checkpoint and waits until it is stored.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Write(long generation, long step, double seconds, double? loss)
    {
        _idle.Wait();
        _failure = null;
        TryBegin(generation, step, seconds, loss);
        _idle.Wait();
        if (_failure is { } failure)
            throw new IOException($"the checkpoint of step {step} could not be written: {failure.Message}", failure);
    }

    public void Dispose()
    {
        _due.CompleteAdding();
        _thread.Join();
        _due.Dispose();
        _idle.Dispose();
    }

    void Write()
    {
        foreach (var (generation, step, seconds, loss) in _due.GetConsumingEnumerable())
        {
            try
            {
                var watch = Stopwatch.StartNew();
                FaultPoint.Reach("commit", step);
                var manifest = _checkpoints.Save(_buffer, step, seconds, loss);
                _lastStep = step;
                _written(new WrittenSnapshot(generation, step, manifest, watch.Elapsed.TotalSeconds));
            }
            catch (Exception failure)
            {
                _failure = failure;
                _failed($"the checkpoint of step {step} could not be written: {failure.Message}");
            }
            finally
            {
                _idle.Set();
            }
        }
    }
}
