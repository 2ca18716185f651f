namespace PretrainCluster.Artifacts.Stores;

/// <summary>Does an operation again while it fails in a way that passes, with doubled and scattered waits in between.</summary>
/// <param name="patience">how long</param>
/// <param name="isPassing">whether trying again may help</param>
/// <param name="giveUp">makes the exception of an operation that never succeeded</param>
sealed class StoreRetry(StorePatience patience, TimeProvider time, Func<Exception, bool> isPassing, Func<Exception, int, Exception> giveUp)
{
    long _retries;

    /// <summary>Attempts beyond each operation's first.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <param name="attempt">told how many attempts failed before</param>
    public async Task<T> RunAsync<T>(Func<int, Task<T>> attempt, CancellationToken cancellation)
    {
        long firstFailure = 0;
        for (var failed = 0; ;)
        {
            try
            {
                return await attempt(failed);
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested && isPassing(failure))
            {
                if (failed++ == 0)
                    firstFailure = time.GetTimestamp();
                var wait = Wait(failed);
                if (time.GetElapsedTime(firstFailure) + wait > patience.Total)
                    throw giveUp(failure, failed);
                await Task.Delay(wait, time, cancellation);
                Interlocked.Increment(ref _retries);
            }
        }
    }

    // Scattered over half of it, so that the workers whom one outage stopped do not all come back in the same moment.
    TimeSpan Wait(int failed) =>
        Math.Min(patience.FirstWait.TotalSeconds * Math.Pow(2, Math.Min(failed - 1, 30)), patience.LongestWait.TotalSeconds) * (0.5 + Random.Shared.NextDouble() / 2) * TimeSpan.FromSeconds(1);
}

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

/// <summary>Why a store could not do what it was asked.</summary>
public enum StoreFailure
{
    /// <summary>The credentials are missing or wrong, or do not allow it.</summary>
    Denied,

    /// <summary>The container does not exist.</summary>
    NoContainer,

    /// <summary>It did not answer, or answered that it is busy, for as long as the store's patience lasts.</summary>
    Unreachable,

    /// <summary>It answered with an error that trying again does not mend.</summary>
    Refused,
}

/// <summary>A store elsewhere failed. It says nothing about the artifact that was asked for, which may well be sound.</summary>
public sealed class StoreException(StoreFailure failure, string message, Exception? inner = null) : IOException(message, inner)
{
    public StoreFailure Failure => failure;
}
