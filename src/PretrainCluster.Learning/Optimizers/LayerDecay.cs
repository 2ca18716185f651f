namespace PretrainCluster.Learning.Optimizers;

/// <summary>
/// Layer-wise learning rates (Bao et al., "BEiT", ICLR 2022), as MAMP fine-tunes and STARS tunes: block i of n, counted from 0, learns at decay^(n - i) of the rate, what
/// comes before the blocks at decay^(n + 1), what follows them, heads and decoders at the whole rate.
/// </summary>
public static class LayerDecay
{
    /// <param name="weights">those of the encoder, and of what stands beside it</param>
    /// <returns>a factor for each weight</returns>
    public static IReadOnlyList<double> Scales(SkeletonEncoder encoder, IReadOnlyList<(string Name, Parameter Parameter)> weights, double decay)
    {
        var names = encoder.Weights.Select(weight => weight.Name).ToHashSet(StringComparer.Ordinal);
        return [.. weights.Select(weight => names.Contains(weight.Name) ? Math.Pow(decay, encoder.Blocks - encoder.BlockOf(weight.Name)) : 1)];
    }
}
