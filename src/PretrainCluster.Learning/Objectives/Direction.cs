namespace PretrainCluster.Learning.Objectives;

/// <summary>Rows scaled to length 1. TorchSharp 0.99.6 has no normalize.</summary>
public static class Direction
{
    const float Shortest = 1e-12f;

    /// <param name="rows">[n, width]; one that is shorter than 1e-12 stays nearly as it is</param>
    public static Tensor Of(Tensor rows) => rows / rows.norm(1, keepdim: true, 2).clamp_min(Shortest);
}
