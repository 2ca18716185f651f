namespace PretrainCluster.Learning.Encoders;

/// <summary>Which tokens an encoder sees and which it has to predict.</summary>
/// <param name="Kept">[n, kept tokens] indices</param>
/// <param name="Masked">[n, masked tokens] indices</param>
readonly record struct TokenMask(Tensor Kept, Tensor Masked)
{
    /// <summary>Keeps each sample's tokens of lowest score; equal scores go by index.</summary>
    /// <param name="scores">[n, tokens]</param>
    /// <param name="keep">tokens kept of each sample</param>
    public static TokenMask KeepLowest(Tensor scores, int keep)
    {
        var order = scores.sort(1, stable: true).Indices;
        return new TokenMask(order.narrow(1, 0, keep), order.narrow(1, keep, scores.shape[1] - keep));
    }

    /// <summary>Picks tokens by index.</summary>
    /// <param name="tokens">[n or 1, tokens, width]; one sample stands for all</param>
    /// <param name="indices">[n, picked]</param>
    /// <returns>[n, picked, width]</returns>
    public static Tensor Take(Tensor tokens, Tensor indices)
    {
        var (n, picked, width) = (indices.shape[0], indices.shape[1], tokens.shape[2]);
        return tokens.expand(n, -1, -1).gather(1, indices.unsqueeze(-1).expand(n, picked, width));
    }
}
