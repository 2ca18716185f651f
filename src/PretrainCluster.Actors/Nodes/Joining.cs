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
    /// <exception cref="InputException">None of the seeds has an address.</exception>
    public static async Task JoinAsync(Akka.Cluster.Cluster cluster, IReadOnlyList<string> seeds, CoordinatorPulse pulse, TimeProvider clock, CancellationToken left)
    {
        var addresses = seeds.Select(AddressOf).OfType<Address>().ToList();
        var others = addresses.Where(address => !address.Equals(cluster.SelfAddress)).ToList();
        if (others.Count > 0)
            cluster.JoinSeedNodes(others);
        var place = addresses.IndexOf(cluster.SelfAddress);
        if (place < 0 && seeds.Count > 0)
        {
            if (others.Count == 0)
                throw new InputException($"none of the seed nodes {string.Join(", ", seeds)} has an address");
            return;
        }

        var alone = seeds.Count <= 1;
        var seen = pulse.Read();
        for (var patience = PatienceOf(place, alone, isNew: seen is null); ; seen = pulse.Read())
        {
            await WaitAsync(patience);
            if (IsMember() || left.IsCancellationRequested)
                return;
            if (alone || pulse.Read() == seen)
                break;
        }
        cluster.Join(cluster.SelfAddress);

        async Task WaitAsync(TimeSpan time)
        {
            for (var began = clock.GetTimestamp(); clock.GetElapsedTime(began) < time && !IsMember() && !left.IsCancellationRequested;)
                await Task.Delay(s_ask, clock, CancellationToken.None);
        }

        // A machine that is away may have no address; the others do.
        Address? AddressOf(string seed)
        {
            try
            {
                return ClusterConfiguration.AddressOf(NodeEndpoint.Parse(seed), cluster.SelfAddress);
            }
            catch (InputException)
            {
                return null;
            }
        }

        bool IsMember() => cluster.State.Members.Any(member => member.Address.Equals(cluster.SelfAddress));
    }
}
