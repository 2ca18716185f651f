namespace PretrainCluster.Training.Exchange;

/// <summary>A peer will not have this connection, and trying again would not help.</summary>
sealed class RefusedException(Refusal refusal, string reason) : Exception(reason)
{
    public Refusal Refusal { get; } = refusal;
}
