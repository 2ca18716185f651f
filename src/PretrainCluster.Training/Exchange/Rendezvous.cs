namespace PretrainCluster.Training.Exchange;

/// <summary>Where the connections that a generation's higher ranks open to this member come together.</summary>
sealed class Rendezvous(long generation, int rank, int worldSize, byte[] secret)
{
    readonly Dictionary<(int Peer, Channel Channel), Connection> _arrived = [];
    bool _over;

    public long Generation => generation;

    public byte[] Secret => secret;

    public bool Expects(Greeting greeting) =>
        greeting.Generation == generation && greeting.WorldSize == worldSize && greeting.To == rank && greeting.From > rank && greeting.From < worldSize;

    /// <summary>Takes over an authenticated connection. One that comes again replaces the one before, whose caller did not hear that it was welcome.</summary>
    /// <returns>false if the members are together already, or it was given up</returns>
    public bool Add(Greeting greeting, Connection connection)
    {
        lock (_arrived)
        {
            if (_over)
                return false;
            if (_arrived.Remove((greeting.From, greeting.Channel), out var before))
                before.Dispose();
            _arrived.Add((greeting.From, greeting.Channel), connection);
            Monitor.PulseAll(_arrived);
            return true;
        }
    }

    /// <summary>Waits for the connections of a peer.</summary>
    /// <returns>null if they did not come in time</returns>
    public PeerConnection? Take(int peer, CancellationToken limit)
    {
        using var wake = limit.Register(Wake);
        lock (_arrived)
        {
            while (!_over && !limit.IsCancellationRequested)
            {
                if (_arrived.TryGetValue((peer, Channel.Data), out var data) && _arrived.TryGetValue((peer, Channel.Control), out var control))
                {
                    _arrived.Remove((peer, Channel.Data));
                    _arrived.Remove((peer, Channel.Control));
                    return new(peer, data, control);
                }
                Monitor.Wait(_arrived);
            }
            return null;
        }
    }

    /// <summary>Nothing is accepted from here on; what was not taken is shut.</summary>
    public void End()
    {
        lock (_arrived)
        {
            _over = true;
            foreach (var connection in _arrived.Values)
                connection.Dispose();
            _arrived.Clear();
            Monitor.PulseAll(_arrived);
        }
    }

    void Wake()
    {
        lock (_arrived)
            Monitor.PulseAll(_arrived);
    }
}
