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

/// <summary>
/// Room for all of a trainer's state in one block of pinned host memory, tensor after tensor: what a snapshot copies, and what is handed to a
/// member that is behind. Equal plans have equal layouts.
/// </summary>
public sealed class StateBuffer
{
    const int Alignment = 64;

    readonly (string Name, Tensor Value)[] _state;
    readonly int[] _offsets;
    readonly int _weights, _optimizer;
    readonly byte[] _memory;

    public StateBuffer(Trainer trainer)
    {
        var weights = ObjectiveWeights.Named(trainer.Objective);
        _state = [.. weights, .. trainer.Optimizer.State, .. trainer.Objective.Buffers];
        (_weights, _optimizer) = (weights.Count, weights.Count + trainer.Optimizer.State.Count);
        _offsets = new int[_state.Length + 1];
        for (var i = 0; i < _state.Length; i++)
            _offsets[i + 1] = checked(_offsets[i] + (int)Aligned(_state[i].Value.numel() * _state[i].Value.element_size()));
        _memory = GC.AllocateUninitializedArray<byte>(_offsets[^1], pinned: true);
        Touch();
    }

    /// <summary>The state as <see cref="Fill"/> left it, or as it came from another member.</summary>
    public Memory<byte> Memory => _memory;

    /// <summary>The three parts of a checkpoint, in this buffer's own memory: valid until it is filled again.</summary>
    public IReadOnlyList<HostTensor> Weights => Tensors(0, _weights);
    public IReadOnlyList<HostTensor> Optimizer => Tensors(_weights, _optimizer);
    public IReadOnlyList<HostTensor> Objective => Tensors(_optimizer, _state.Length);

    /// <summary>Copies the trainer's state here: one pass over the bytes.</summary>
    public void Fill()
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < _state.Length; i++)
            OnHost(_state[i].Value).bytes.CopyTo(_memory.AsSpan(_offsets[i]));
    }

    /// <summary>Gives the trainer the state that is here.</summary>
    public void Restore()
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        for (var i = 0; i < _state.Length; i++)
        {
            var value = _state[i].Value;
            if (value.is_cuda)
            {
                var host = empty_like(value, device: CPU);
                host.bytes = _memory.AsSpan(_offsets[i], host.bytes.Length);
                value.copy_(host);
            }
            else
                value.bytes = _memory.AsSpan(_offsets[i], value.bytes.Length);
        }
    }

    // The system gives a page when it is first written to, which for 100 MB takes longer than to copy them; nobody is to wait for that later.
    void Touch()
    {
        for (var i = 0; i < _memory.Length; i += Environment.SystemPageSize)
            _memory[i] = 0;
    }

    static Tensor OnHost(Tensor value) => (value.is_cuda ? value.detach().cpu() : value).contiguous();

    static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    HostTensor[] Tensors(int start, int end) =>
        [.. Enumerable.Range(start, end - start).Select(i => new HostTensor(_state[i].Name, NamedTensors.TypeOf(_state[i].Value), _state[i].Value.shape,
            _memory.AsMemory(_offsets[i], checked((int)(_state[i].Value.numel() * _state[i].Value.element_size())))))];
}
