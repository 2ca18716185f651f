using System.Runtime.InteropServices;

namespace PretrainCluster.Learning.Encoders;

/// <summary>Where one training pass draws what it drops from. A pass without one drops nothing.</summary>
public sealed class DropoutNoise(CounterRandom random)
{
    CounterRandom _random = random;

    /// <summary>Zeroes each value with chance <paramref name="rate"/> and scales the others by 1 / (1 - rate).</summary>
    public Tensor Drop(Tensor x, double rate) => rate == 0 ? x : x * Keep(x.shape, rate, x);

    /// <summary>Stochastic depth (Huang et al., ECCV 2016): as <see cref="Drop"/>, but for whole samples, the first axis.</summary>
    public Tensor DropPath(Tensor x, double rate) => DropWhole(x, rate, axes: 1);

    /// <summary>As <see cref="Drop"/>, but for whole channels of a sample, the first two axes (Tompson et al., CVPR 2015).</summary>
    public Tensor DropChannels(Tensor x, double rate) => DropWhole(x, rate, axes: 2);

    Tensor DropWhole(Tensor x, double rate, int axes)
    {
        if (rate == 0)
            return x;
        var shape = new long[x.shape.Length];
        Array.Fill(shape, 1);
        Array.Copy(x.shape, shape, axes);
        return x * Keep(shape, rate, x);
    }

    Tensor Keep(long[] shape, double rate, Tensor like)
    {
        // Straight into the tensor: an array of this size would be garbage that the runtime keeps for long.
        var kept = empty(shape);
        var factors = MemoryMarshal.Cast<byte, float>(kept.bytes);
        var threshold = (uint)(rate * uint.MaxValue);
        var scale = (float)(1 / (1 - rate));
        for (var i = 0; i < factors.Length; i += 2)
        {
            var word = _random.NextUInt64();
            factors[i] = (uint)word < threshold ? 0 : scale;
            if (i + 1 < factors.Length)
                factors[i + 1] = (uint)(word >> 32) < threshold ? 0 : scale;
        }
        return kept.to(like.device);
    }
}
