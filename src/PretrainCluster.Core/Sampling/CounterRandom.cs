namespace PretrainCluster.Core.Sampling;

/// <summary>What a stream of random numbers is for; two purposes never share numbers.</summary>
public enum RandomPurpose : ulong
{
    Initialization = 1,
    SamplingOrder = 2,
    View = 3,
    Objective = 4,
    Evaluation = 5,
    Synthesis = 6,
    Stage = 7,
}

/// <summary>
/// A counter-based generator (Philox 4x32-10; Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
/// A stream is named by (seed, purpose, a, b, c), so whoever draws from it, in whichever process and order, draws the same numbers.
/// </summary>
/// <remarks>A mutable struct: pass it by <c>ref</c> to share one stream.</remarks>
public struct CounterRandom
{
    const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    readonly uint _key0, _key1, _stream0, _stream1;
    ulong _block;
    ulong _spare;
    bool _hasSpare;

    public CounterRandom(ulong seed, RandomPurpose purpose, ulong a = 0, ulong b = 0, ulong c = 0)
    {
        var key = Mix(seed ^ Mix((ulong)purpose));
        var stream = Mix(Mix(Mix(a) + b) + c);
        (_key0, _key1) = ((uint)key, (uint)(key >> 32));
        (_stream0, _stream1) = ((uint)stream, (uint)(stream >> 32));
    }

    /// <summary>The finaliser of SplitMix64: a bijection of 64-bit words that spreads neighbouring inputs apart.</summary>
    public static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    /// <summary>One block of Philox 4x32-10: 128 bits from a 128-bit counter and a 64-bit key.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Philox(uint c0, uint c1, uint c2, uint c3, uint key0, uint key1)
    {
        for (var round = 0; round < 10; round++)
        {
            var product0 = (ulong)Multiplier0 * c0;
            var product1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(product1 >> 32) ^ c1 ^ key0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ key1, (uint)product0);
            key0 += Weyl0;
            key1 += Weyl1;
        }
        return (c0, c1, c2, c3);
    }

    public ulong NextUInt64()
    {
        if (_hasSpare)
        {
            _hasSpare = false;
            return _spare;
        }
        var (x0, x1, x2, x3) = Philox((uint)_block, (uint)(_block >> 32), _stream0, _stream1, _key0, _key1);
        _block++;
        _spare = x2 | ((ulong)x3 << 32);
        _hasSpare = true;
        return x0 | ((ulong)x1 << 32);
    }

    /// <summary>Uniform in [0, 1) with 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, 1) with 24 bits.</summary>
    public float NextSingle() => (NextUInt64() >> 40) * (1.0f / (1 << 24));

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public double NextDouble(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>Uniform in [0, <paramref name="exclusiveMax"/>), without bias (Lemire's method).</summary>
    public int Next(int exclusiveMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveMax);
        var range = (ulong)exclusiveMax;
        var high = Math.BigMul(NextUInt64(), range, out var low);
        if (low < range)
        {
            var threshold = (0 - range) % range;
            while (low < threshold)
                high = Math.BigMul(NextUInt64(), range, out low);
        }
        return (int)high;
    }

    /// <summary>Standard normal (Box-Muller; one number of each pair is dropped, so that a draw is always two words).</summary>
    public double NextGaussian()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>Fisher-Yates.</summary>
    public void Shuffle<T>(Span<T> values)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }
}
