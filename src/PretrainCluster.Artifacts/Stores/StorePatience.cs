namespace PretrainCluster.Artifacts.Stores;

/// <summary>How long a store elsewhere is asked again before an operation fails.</summary>
public sealed record StorePatience
{
    /// <summary>For someone who waits at a terminal.</summary>
    public static StorePatience Short { get; } = new() { Total = TimeSpan.FromSeconds(15) };

    /// <summary>For training, which an outage of the store does not hold up.</summary>
    public static StorePatience Long { get; } = new();

    /// <summary>From an operation's first failure to giving it up.</summary>
    public TimeSpan Total { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Wait before the second attempt; doubled each time.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>What one attempt may take without progress.</summary>
    public TimeSpan Attempt { get; init; } = TimeSpan.FromSeconds(30);
}
