namespace PretrainCluster.Learning.Objectives;

/// <summary>Weights that take no gradient and follow trained ones slowly, as those of a momentum encoder or a teacher do. What is trained no more is not followed.</summary>
sealed class MovingAverage
{
    readonly (Tensor Slow, Tensor Fast)[] _pairs;

    /// <param name="slow">from now on they take no gradient</param>
    /// <param name="fast">in the same order, and with the same values; there may be more of them</param>
    public MovingAverage(NamedWeights slow, NamedWeights fast)
    {
        foreach (var (_, parameter) in slow)
            parameter.requires_grad_(false);
        _pairs = [.. slow.Zip(fast, (one, other) => (Slow: (Tensor)one.Parameter, Fast: (Tensor)other.Parameter)).Where(pair => pair.Fast.requires_grad)];
    }

    /// <summary>One step towards the trained weights.</summary>
    /// <param name="momentum">part of itself that a weight keeps</param>
    public void Follow(double momentum)
    {
        using var _ = no_grad();
        foreach (var (slow, fast) in _pairs)
            slow.mul_(momentum).add_(fast, 1 - momentum);
    }
}
