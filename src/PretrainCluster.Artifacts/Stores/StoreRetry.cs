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
