using Akka.Actor;
using PretrainCluster.Actors.Coordination;
using PretrainCluster.Core;

namespace PretrainCluster.Actors.Nodes;

/// <summary>
/// How a node gets into the cluster. Akka would let the first seed node, and no other, begin a cluster of its own whenever no other seed answers for a few
/// seconds. Cut off from a cluster that goes on, that would be a second one with a second coordinator; and without the first seed there would be
/// none. Here a seed begins a cluster only where nobody coordinates, and each may, in their order.
/// </summary>
static class Joining
{
    static readonly TimeSpan s_ask = TimeSpan.FromMilliseconds(500);

    // One after the other, should the first not be there any more.
    static TimeSpan PatienceOf(int place, bool alone, bool isNew) => alone ? TimeSpan.Zero : isNew && place == 0 ? CoordinatorPulse.Interval : (place + 1) * CoordinatorPulse.Patience;

    /// <param name="seeds">HOST:PORT, resolved anew each time: a container that is started again may have another address</param>
    /// <param name="left">ends the attempt</param>
    /// <exception cref="InputException">A seed's name is not known.</exception>
    public static async Task JoinAsync(Akka.Cluster.Cluster cluster, IReadOnlyList<string> seeds, CoordinatorPulse pulse, TimeProvider clock, CancellationToken left)
    {
        var addresses = seeds.Select(seed => Address.Parse(ClusterConfiguration.AddressOf(NodeEndpoint.Parse(seed)))).ToList();
        var others = addresses.Where(address => !address.Equals(cluster.SelfAddress)).ToList();
        if (others.Count > 0)
            cluster.JoinSeedNodes(others);
        var place = addresses.IndexOf(cluster.SelfAddress);
        if (others.Count > 0 && place < 0)
            return;

        var seen = pulse.Read();
        for (var patience = PatienceOf(place, alone: others.Count == 0, isNew: seen is null); ; seen = pulse.Read())
        {
            await WaitAsync(patience);
            if (IsMember() || left.IsCancellationRequested)
                return;
            if (others.Count == 0 || pulse.Read() == seen)
                break;
        }
        cluster.Join(cluster.SelfAddress);

        async Task WaitAsync(TimeSpan time)
        {
            for (var began = clock.GetTimestamp(); clock.GetElapsedTime(began) < time && !IsMember() && !left.IsCancellationRequested;)
                await Task.Delay(s_ask, clock, CancellationToken.None);
        }

        bool IsMember() => cluster.State.Members.Any(member => member.Address.Equals(cluster.SelfAddress));
    }
}
