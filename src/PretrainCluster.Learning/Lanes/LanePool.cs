using System.Runtime.ExceptionServices;

namespace PretrainCluster.Learning.Lanes;

/// <summary>
/// Computes independent pieces of work, such as micro-batches, several at a time: one thread a lane, each of them with libtorch on a single thread.
/// Which lane takes which piece is left to chance, so a piece may depend on its index alone.
/// </summary>
/// <remarks>Micro-batches side by side use two cores better than one micro-batch on two threads, and their bits do not depend on the number of lanes.</remarks>
public sealed class LanePool : IDisposable
{
    readonly Thread[] _threads;
    readonly SemaphoreSlim _start = new(0);
    readonly CountdownEvent _running = new(1);
    Work? _work;
    bool _disposed;

    /// <param name="lanes">pieces at a time, at least 1; the calling thread is one of them</param>
    public LanePool(int lanes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lanes);
        Lanes = lanes;
        _threads = new Thread[lanes - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(Loop, maxStackSize: 16 << 20) { IsBackground = true, Name = $"lane {i + 1}" };
            _threads[i].Start();
        }
    }

    public int Lanes { get; }

    /// <summary>Calls <paramref name="body"/> for 0 .. <paramref name="count"/> - 1 and returns when all have ended. The first failure ends the rest and is thrown here.</summary>
    public void Run(int count, Action<int> body, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using var held = Finalizers.Hold();
        var work = new Work(count, body, cancellation);
        var helpers = Math.Min(_threads.Length, count - 1);
        if (helpers > 0)
        {
            _work = work;
            _running.Reset(helpers);
            _start.Release(helpers);
        }
        work.Drain();
        if (helpers > 0)
            _running.Wait(CancellationToken.None);
        work.Failure?.Throw();
        cancellation.ThrowIfCancellationRequested();
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _work = null;
        _start.Release(Math.Max(1, _threads.Length));
        foreach (var thread in _threads)
            thread.Join();
        _start.Dispose();
        _running.Dispose();
    }

    void Loop()
    {
        while (true)
        {
            _start.Wait();
            if (_work is not { } work)
                return;
            work.Drain();
            _running.Signal();
        }
    }

    sealed class Work(int count, Action<int> body, CancellationToken cancellation)
    {
        int _next = -1;
        ExceptionDispatchInfo? _failure;

        public ExceptionDispatchInfo? Failure => _failure;

        public void Drain()
        {
            int index;
            while (_failure is null && !cancellation.IsCancellationRequested && (index = Interlocked.Increment(ref _next)) < count)
            {
                try
                {
                    body(index);
                }
                catch (Exception exception)
                {
                    Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
                }
            }
        }
    }
}
