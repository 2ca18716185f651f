namespace PretrainCluster.Hosting.Tests;

/// <summary>Waits for what must come sooner or later; how soon is no test's business.</summary>
static class Patience
{
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(60);

    public static void Until(Func<bool> condition, string? what = null)
    {
        for (var end = DateTime.UtcNow + Limit; !condition(); Thread.Sleep(5))
            Assert.True(DateTime.UtcNow < end, what ?? "waited in vain");
    }
}
