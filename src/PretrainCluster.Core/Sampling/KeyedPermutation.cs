using System.Numerics;

namespace PretrainCluster.Core.Sampling;

/// <summary>
/// A permutation of 0..count-1 chosen by a key, evaluated one element at a time in constant memory: a balanced Feistel network over the next
/// even number of bits, walked along its cycle until it lands inside the range (Black and Rogaway, "Ciphers with arbitrary finite domains",
/// CT-RSA 2002). The network's domain is less than four times the count, so a walk takes four turns at most on average.
/// </summary>
public sealed class KeyedPermutation
{
    const int Rounds = 10;

    readonly ulong[] _keys = new ulong[Rounds];
    readonly int _halfBits;
    readonly ulong _halfMask;

    /// <param name="count">from 1 to 2^62</param>
    /// <param name="key">draws the round keys</param>
    public KeyedPermutation(long count, CounterRandom key)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 1L << 62);
        Count = count;
        var bits = 64 - BitOperations.LeadingZeroCount((ulong)(count - 1));
        _halfBits = Math.Max(1, (bits + 1) / 2);
        _halfMask = (1UL << _halfBits) - 1;
        for (var round = 0; round < Rounds; round++)
            _keys[round] = key.NextUInt64();
    }

    public long Count { get; }

    /// <summary>Where <paramref name="index"/> is sent.</summary>
    public long this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var value = (ulong)index;
            do
                value = Encrypt(value);
            while (value >= (ulong)Count);
            return (long)value;
        }
    }

    ulong Encrypt(ulong value)
    {
        var (left, right) = (value >> _halfBits, value & _halfMask);
        foreach (var key in _keys)
            (left, right) = (right, left ^ (CounterRandom.Mix(right ^ key) & _halfMask));
        return (left << _halfBits) | right;
    }
}
