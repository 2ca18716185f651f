using System.Threading.Channels;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Training.Gang;

namespace PretrainCluster.Training.Tests.Gang;

/// <summary>A worker's link whose other end is the test.</summary>
sealed class TestLink : IControlLink
{
    readonly Channel<WorkerOrder> _orders = Channel.CreateUnbounded<WorkerOrder>();
    readonly List<WorkerMessage> _sent = [];

    public ChannelReader<WorkerOrder> Orders => _orders.Reader;
    public bool Connected => AbsentFor == TimeSpan.Zero;
    public TimeSpan AbsentFor { get; set; }
    public event Action? Reconnected;

    /// <summary>Called with what the worker has just said, on the thread that said it: the worker goes on when it returns.</summary>
    public Action<WorkerMessage>? Said { get; set; }

    public void Order(WorkerOrder order) => _orders.Writer.TryWrite(order);

    public void Reconnect() => Reconnected?.Invoke();

    public void Send(WorkerMessage message)
    {
        lock (_sent)
        {
            _sent.Add(message);
            Monitor.PulseAll(_sent);
        }
        Said?.Invoke(message);
    }

    public bool Drain(TimeSpan within) => true;

    public IReadOnlyList<T> Sent<T>() where T : WorkerMessage
    {
        lock (_sent)
            return [.. _sent.OfType<T>()];
    }

    /// <summary>Waits for a message, for as long as a test may take.</summary>
    public T Await<T>(Func<T, bool>? condition = null) where T : WorkerMessage
    {
        var limit = DateTime.UtcNow.AddSeconds(60);
        lock (_sent)
        {
            while (true)
            {
                if (_sent.OfType<T>().FirstOrDefault(condition ?? (_ => true)) is { } found)
                    return found;
                if (DateTime.UtcNow > limit || !Monitor.Wait(_sent, limit - DateTime.UtcNow))
                    throw new TimeoutException($"no {typeof(T).Name}; there were {string.Join(", ", _sent.Where(m => m is not Heartbeat))}");
            }
        }
    }
}
