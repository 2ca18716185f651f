namespace PretrainCluster.Faults.Simulation;

/// <summary>Something that must never be so. The same seed leads to it again, at the same event.</summary>
public sealed class InvariantViolation(string text) : Exception(text)
{
    public long Event { get; init; }
    public TimeSpan At { get; init; }
}
