using System.Threading.Channels;
using PretrainCluster.Training.Gang;

namespace PretrainCluster.Hosting.Links;

/// <summary>
/// The worker's end of its link: one thread looks for the agent and reads its orders, another sends. An agent that dies is looked for at the same
/// path, where the one that follows it will listen.
/// </summary>
public sealed class ControlLink : IControlLink, IDisposable
{
    const int MostOrders = 1024;
    static readonly TimeSpan s_firstWait = TimeSpan.FromMilliseconds(10);
    static readonly TimeSpan s_longestWait = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(1);
    static readonly TimeSpan s_idle = TimeSpan.FromMilliseconds(200);
    static readonly TimeSpan s_drainPoll = TimeSpan.FromMilliseconds(2);

    readonly AgentAddress _address;
    readonly Greeting _greeting;
    readonly TimeProvider _clock;
    readonly WorkerOutbox _outbox = new();
    readonly Channel<WorkerOrder> _orders = Channel.CreateBounded<WorkerOrder>(MostOrders);
    readonly CancellationTokenSource _closing = new();
    readonly ManualResetEventSlim _reachable = new();
    readonly Lock _sending = new();
    readonly List<WorkerMessage> _announcement = [];
    readonly Thread _reader, _writer;
    volatile MessageStream? _stream;
    long _absentSince, _openedAt;
    int _announcingThread;

    /// <param name="greeting">what this worker says of itself; the token is filled in</param>
    public ControlLink(AgentAddress address, Greeting greeting, TimeProvider clock)
    {
        (_address, _greeting, _clock) = (address, greeting, clock);
        _absentSince = clock.GetTimestamp();
        _reader = new Thread(Receive) { IsBackground = true, Name = "control link, in" };
        _writer = new Thread(SendQueued) { IsBackground = true, Name = "control link, out" };
    }

    public event Action? Reconnected;

    public ChannelReader<WorkerOrder> Orders => _orders.Reader;

    public bool Connected => _stream is not null;

    public TimeSpan AbsentFor => Connected ? TimeSpan.Zero : _clock.GetElapsedTime(Interlocked.Read(ref _absentSince));

    public void Start()
    {
        _reader.Start();
        _writer.Start();
    }

    public void Send(WorkerMessage message)
    {
        if (Volatile.Read(ref _announcingThread) == Environment.CurrentManagedThreadId)
            _announcement.Add(message);
        else
            _outbox.Add(message);
    }

    public bool Drain(TimeSpan within)
    {
        for (var started = _clock.GetTimestamp(); _outbox.Count > 0; Thread.Sleep(s_drainPoll))
        {
            if (_clock.GetElapsedTime(started) > within)
                return false;
        }
        return true;
    }

    public void Dispose()
    {
        _closing.Cancel();
        _stream?.Dispose();
        if (_reader.IsAlive)
            _reader.Join();
        if (_writer.IsAlive)
            _writer.Join();
        _closing.Dispose();
        _reachable.Dispose();
    }

    void Receive()
    {
        var wait = s_firstWait;
        var before = false;
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                using var stream = MessageStream.Open(_address, token => _greeting with { Token = token });
                lock (_sending)
                {
                    if (before)
                        Announce();
                    (before, _openedAt, _stream) = (true, _clock.GetTimestamp(), stream);
                    _reachable.Set();
                }
                while (stream.Read() is { } message)
                    Take(message);
            }
            catch (Exception gone) when (gone is IOException or MessageFormatException or UnauthorizedAccessException or ObjectDisposedException)
            {
                // Whatever is wrong with it, the one that follows may be right; how long that may take is the training's to judge.
            }
            if (Lose())
                wait = s_firstWait;
            _closing.Token.WaitHandle.WaitOne(wait);
            wait = wait * 2 < s_longestWait ? wait * 2 : s_longestWait;
        }
        _orders.Writer.TryComplete();
    }

    void Take(Message message)
    {
        if (message is not WorkerOrder order || order.Worker != _greeting.Name || !_orders.Writer.TryWrite(order))
            throw new MessageFormatException($"{message.GetType().Name} is no order for {_greeting.Name}, or one of too many");
    }

    void Announce()
    {
        _announcement.Clear();
        Volatile.Write(ref _announcingThread, Environment.CurrentManagedThreadId);
        try
        {
            Reconnected?.Invoke();
        }
        finally
        {
            Volatile.Write(ref _announcingThread, 0);
        }
        _outbox.Announce(_announcement);
    }

    /// <summary>Whether there was a link worth the name: an agent that shuts it as soon as it is open does not know this worker, and is as good as none.</summary>
    bool Lose()
    {
        if (_stream is null)
            return false;
        _reachable.Reset();
        _stream = null;
        if (_clock.GetElapsedTime(_openedAt) < s_shortest)
            return false;
        Interlocked.Exchange(ref _absentSince, _clock.GetTimestamp());
        return true;
    }

    void SendQueued()
    {
        while (!_closing.IsCancellationRequested)
        {
            if (_reachable.Wait(s_idle) && !SendOne())
                _outbox.WaitForMore(s_idle);
        }
    }

    bool SendOne()
    {
        lock (_sending)
        {
            if (_stream is not { } stream || _outbox.Take() is not { } message)
                return false;
            try
            {
                stream.Write(message);
                _outbox.Sent(message);
                return true;
            }
            catch (Exception gone) when (gone is IOException or ObjectDisposedException)
            {
                // The reader sees the end, and looks for the next agent.
                _outbox.PutBack(message);
                _reachable.Reset();
                stream.Dispose();
                return false;
            }
        }
    }
}

/// <summary>
/// One link of an agent, or of a user with a cluster. Sending queues and returns at once; a peer that takes nothing is
/// cut off.
/// </summary>
public sealed class ControlConnection : IDisposable
{
    const int Room = 1024;

    readonly MessageStream _stream;
    readonly Channel<Message> _outgoing = Channel.CreateBounded<Message>(new BoundedChannelOptions(Room) { SingleReader = true });

    /// <param name="user">whose requests come this way</param>
    internal ControlConnection(MessageStream stream, Greeting greeting, User user)
    {
        (_stream, Greeting, User) = (stream, greeting, user);
        new Thread(SendQueued) { IsBackground = true, Name = "control link, out" }.Start();
    }

    public Greeting Greeting { get; }

    public User User { get; }

    public void Send(Message message)
    {
        if (!_outgoing.Writer.TryWrite(message))
            Dispose();
    }

    internal Message? Read() => _stream.Read();

    public void Dispose()
    {
        _outgoing.Writer.TryComplete();
        _stream.Dispose();
    }

    void SendQueued()
    {
        try
        {
            while (_outgoing.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                while (_outgoing.Reader.TryRead(out var message))
                    _stream.Write(message);
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            _stream.Dispose();
        }
    }
}
