using System.Threading.Channels;

namespace PretrainCluster.Training.Gang;

/// <summary>
/// A worker's line to its node's agent, and through it to the coordinator. Training never waits for it: sending is a note in a bounded queue, and while
/// the agent is away the link looks for it on a thread of its own.
/// </summary>
public interface IControlLink
{
    /// <summary>
    /// Queues a message and returns at once, from any thread. Order is kept. Of heartbeats only the newest waits, and of steps for the record only so
    /// many; everything else is kept until it is sent.
    /// </summary>
    void Send(WorkerMessage message);

    /// <summary>Orders for this worker, in the order of the coordinator's sending. Completed when the link is closed for good.</summary>
    ChannelReader<WorkerOrder> Orders { get; }

    /// <summary>The agent is at the other end right now.</summary>
    bool Connected { get; }

    /// <summary>How long the agent has been away; zero while it is connected.</summary>
    TimeSpan AbsentFor { get; }

    /// <summary>
    /// Raised on a thread of the link when the agent is back after an absence, before anything that waits in the queue is sent: the worker says
    /// <see cref="WorkerReady"/> again, which goes first.
    /// </summary>
    event Action? Reconnected;

    /// <summary>Waits until what was queued is on its way to the agent, as before the process exits.</summary>
    /// <returns>false where it is not within that time</returns>
    bool Drain(TimeSpan within);
}
