namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>Half a cosine from 1 to 0.</summary>
public static class CosineDecay
{
    /// <summary>The factor after <paramref name="done"/> of <paramref name="total"/>; both in steps, or both in epochs.</summary>
    public static double At(double done, double total) => 0.5 * (1 + Math.Cos(Math.PI * done / total));
}
