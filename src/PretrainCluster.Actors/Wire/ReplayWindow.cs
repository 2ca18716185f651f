namespace PretrainCluster.Actors.Wire;

/// <summary>
/// Which counters of one sender have been seen: the highest, and of the 64 below it each. Older ones count as seen (RFC 4303, section 3.4.3). A connection
/// keeps its order, so the 64 are for the moment in which a second one takes over from the first.
/// </summary>
struct ReplayWindow
{
    ulong _highest, _below;

    /// <summary>Takes note of a counter, from 1; false where it was seen before.</summary>
    public bool Take(ulong counter)
    {
        if (counter > _highest)
        {
            var ahead = counter - _highest;
            _below = ahead > 64 ? 0 : (ahead == 64 ? 0 : _below << (int)ahead) | (_highest > 0 ? 1UL << (int)(ahead - 1) : 0);
            _highest = counter;
            return true;
        }
        var behind = _highest - counter;
        if (behind is 0 or > 64 || (_below & 1UL << (int)(behind - 1)) != 0)
            return false;
        _below |= 1UL << (int)(behind - 1);
        return true;
    }
}
