using Akka.Actor;
using Akka.Event;

namespace PretrainCluster.Actors.Wire;

/// <summary>Logs what was refused, each reason once a sender: a stranger must not be able to fill a disk.</summary>
sealed class Refusals(ILoggingAdapter log)
{
    const int Most = 1000;

    readonly HashSet<(Address, string)> _noted = [];

    public void Note(IActorRef sender, string reason)
    {
        if (_noted.Count < Most && _noted.Add((sender.Path.Address, reason)))
            log.Warning("a message from {0} is refused, and so are those like it: {1}", sender.Path.Address, reason);
    }
}
