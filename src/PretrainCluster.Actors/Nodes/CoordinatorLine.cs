using System.Diagnostics;
using PretrainCluster.Hosting.Codecs;
using PretrainCluster.Hosting.Links;

namespace PretrainCluster.Actors.Nodes;

/// <summary>
/// A node's way to the coordinator, for its agent and for users who ask through it. Both outlive the actor system that
/// carries what they say: while there is none, reports are dropped, because a coordinator that sees the node again asks
/// for all that it has to know.
/// </summary>
sealed class CoordinatorLine : IControlSink
{
    // A request that a coordinator took to its grave is made again: asking twice does what asking once does.
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30), s_again = TimeSpan.FromSeconds(2);

    volatile End? _end;

    /// <param name="coordinator">a proxy of the singleton</param>
    /// <param name="self">what the coordinator is to answer reports to</param>
    public void Connect(IActorRef coordinator, IActorRef self) => _end = new(coordinator, self);

    public void Disconnect(IActorRef self)
    {
        // The actor that follows may have connected already.
        if (_end?.Self.Equals(self) is true)
            _end = null;
    }

    public void Report(Message message)
    {
        if (_end is { } end)
            end.Coordinator.Tell(message, end.Self);
    }

    /// <summary>Waits for the coordinator's answer; for a while also for a coordinator.</summary>
    async Task<UserReply> AskAsync(User user, UserRequest request)
    {
        var asked = new List<Task<UserReply>>();
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < s_patience;)
        {
            if (_end is { } end)
                asked.Add(end.Coordinator.Ask<UserReply>(new Asked(user, request), s_patience));
            var first = await Task.WhenAny([.. asked, Task.Delay(s_again)]);
            if (first is Task<UserReply> { IsCompletedSuccessfully: true, Result: var answer })
                return answer;
            asked.RemoveAll(task => task.IsFaulted || task.IsCanceled);
        }
        return new Refused("the cluster has no coordinator at the moment, or this node is not in it");
    }

    void IControlSink.Opened(ControlConnection link)
    {
    }

    // On the link's own thread, which has nothing else to do: a user waits for one answer at a time.
    void IControlSink.Received(ControlConnection link, Message message)
    {
        if (message is not UserRequest request)
            throw new MessageFormatException($"{message.GetType().Name} is no request of a user");
        link.Send(AskAsync(link.User, request).GetAwaiter().GetResult());
    }

    void IControlSink.Closed(ControlConnection link)
    {
    }

    sealed record End(IActorRef Coordinator, IActorRef Self);
}
