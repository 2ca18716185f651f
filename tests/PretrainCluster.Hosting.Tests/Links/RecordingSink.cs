using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Links;

namespace PretrainCluster.Hosting.Tests.Links;

sealed class RecordingSink : IControlSink
{
    readonly Lock _gate = new();
    readonly List<Message> _messages = [];

    public IReadOnlyList<Message> Messages
    {
        get
        {
            lock (_gate)
                return [.. _messages];
        }
    }

    public List<ControlConnection> Links { get; } = [];

    public void Clear()
    {
        lock (_gate)
            _messages.Clear();
    }

    public void Opened(ControlConnection link)
    {
        lock (_gate)
            Links.Add(link);
    }

    public void Received(ControlConnection link, Message message)
    {
        lock (_gate)
            _messages.Add(message);
    }

    public void Closed(ControlConnection link)
    {
    }
}
