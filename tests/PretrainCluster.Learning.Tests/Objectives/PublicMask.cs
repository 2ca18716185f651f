namespace PretrainCluster.Learning.Tests.Objectives;

/// <summary>The public code's mask and ids_restore in this project's terms: indices of kept and of masked tokens.</summary>
static class PublicMask
{
    /// <summary>Indices of kept tokens in the order in which the encoder gets them, all samples in a row.</summary>
    public static long[] Kept(long[] restore, long samples, long tokens, long kept)
    {
        var result = new long[samples * kept];
        for (var i = 0; i < restore.Length; i++)
        {
            if (restore[i] < kept)
                result[i / tokens * kept + restore[i]] = i % tokens;
        }
        return result;
    }

    /// <summary>Indices of masked tokens, ascending, all samples in a row.</summary>
    public static long[] Masked(float[] mask, long samples, long tokens) =>
        [.. Enumerable.Range(0, (int)samples).SelectMany(sample => Enumerable.Range(0, (int)tokens).Where(token => mask[sample * tokens + token] == 1).Select(token => (long)token))];

    public static long[] Sorted(long[] indices, long samples) => [.. indices.Chunk((int)(indices.Length / samples)).SelectMany(chunk => chunk.Order())];

    /// <summary>The rows of [samples, tokens, values] at the indices.</summary>
    public static double[] Take(double[] rows, long[] indices, long samples, long tokens)
    {
        var (values, picked) = ((int)(rows.Length / samples / tokens), indices.Length / samples);
        return [.. indices.SelectMany((token, i) => rows.AsSpan((int)(i / picked * tokens + token) * values, values).ToArray())];
    }
}
