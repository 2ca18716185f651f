using System.Diagnostics;
using System.Threading.Channels;

namespace PretrainCluster.Training.Gang;

/// <summary>
/// The coordinator's orders to one worker, read on a thread of their own: a newer generation, or the end, breaks into whatever the training thread is
/// doing with the exchange; a boundary is a flag that it looks at.
/// </summary>
sealed class MemberOrders : IDisposable
{
    readonly ChannelReader<WorkerOrder> _orders;
    readonly Thread _thread;
    readonly CancellationTokenSource _stop = new();
    readonly Lock _lock = new();
    readonly SemaphoreSlim _news = new(0);
    JoinGeneration? _join;
    long _told;
    EndWorker? _end;
    long _boundary;
    IExchange? _exchange;
    CancellationTokenSource? _connecting;

    public MemberOrders(ChannelReader<WorkerOrder> orders)
    {
        _orders = orders;
        _thread = new Thread(Read) { IsBackground = true, Name = "orders" };
        _thread.Start();
    }

    /// <summary>When the generation taken last was ordered (<see cref="Stopwatch"/>).</summary>
    public long Told { get; private set; }

    /// <summary>Waits for what is to be done next: the newest generation that was ordered, or the end, which goes before it.</summary>
    public WorkerOrder Take()
    {
        while (true)
        {
            lock (_lock)
            {
                if (_end is { } end)
                    return end;
                if (_join is { } join)
                {
                    _join = null;
                    Told = _told;
                    _connecting?.Dispose();
                    _connecting = new CancellationTokenSource();
                    return join;
                }
            }
            _news.Wait();
        }
    }

    /// <summary>Cancelled when the generation taken last is overtaken while its members still look for each other.</summary>
    public CancellationToken Overtaken
    {
        get
        {
            lock (_lock)
                return _connecting!.Token;
        }
    }

    /// <summary>This is the exchange to break into; null for none.</summary>
    public void Use(IExchange? exchange)
    {
        lock (_lock)
        {
            _exchange = exchange;
            if (_join is not null || _end is not null)
                exchange?.Abort("overtaken by a newer order");
        }
    }

    public bool BoundaryAsked(long generation) => Interlocked.Read(ref _boundary) == generation;

    /// <summary>The same as if the coordinator had said it.</summary>
    public void End(EndWorker order)
    {
        lock (_lock)
        {
            _end ??= order;
            BreakIn(order.Reason);
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _connecting?.Dispose();
        _news.Dispose();
        _stop.Dispose();
    }

    void Read()
    {
        try
        {
            while (_orders.WaitToReadAsync(_stop.Token).AsTask().GetAwaiter().GetResult())
            {
                while (_orders.TryRead(out var order))
                    Obey(order);
            }
            End(new EndWorker("", Snapshot: true, "the link to the agent was closed"));
        }
        catch (OperationCanceledException)
        {
        }
    }

    void Obey(WorkerOrder order)
    {
        switch (order)
        {
            case JoinGeneration join:
                lock (_lock)
                {
                    if (_join is null || _join.Generation < join.Generation)
                        (_join, _told) = (join, Stopwatch.GetTimestamp());
                    BreakIn($"generation {join.Generation} takes over");
                }
                break;
            case StopAtBoundary boundary:
                Interlocked.Exchange(ref _boundary, boundary.Generation);
                break;
            case EndWorker end:
                End(end);
                break;
        }
    }

    void BreakIn(string reason)
    {
        _connecting?.Cancel();
        _exchange?.Abort(reason);
        _news.Release();
    }
}
