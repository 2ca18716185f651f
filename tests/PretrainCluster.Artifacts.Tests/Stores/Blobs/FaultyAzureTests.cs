using System.Text;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Artifacts.Stores.Blobs;
using PretrainCluster.Azurite;

namespace PretrainCluster.Artifacts.Tests.Stores.Blobs;

/// <summary>The store against a real Azurite behind a proxy that fails on purpose.</summary>
[Collection(AzuriteTests.Name)]
public sealed class FaultyAzureTests(AzuriteFixture azurite)
{
    const int Block = 4 << 20;

    static readonly StorePatience s_quick = new() { Total = TimeSpan.FromMilliseconds(300), FirstWait = TimeSpan.FromMilliseconds(10) };
    static readonly StorePatience s_patient = new() { Total = TimeSpan.FromMinutes(1), FirstWait = TimeSpan.FromMilliseconds(5), LongestWait = TimeSpan.FromMilliseconds(200), Attempt = TimeSpan.FromSeconds(2) };

    readonly BlobLocation _location = AzuriteFixture.NewLocation();

    [AzuriteFact]
    public async Task AnyVerb_RequestsFailingAtRandom_DoesWhatItShouldOnce()
    {
        await using var proxy = new FaultProxy(azurite.Server.Port, seed: 1);
        var store = await AzuriteFixture.OpenAsync(_location, proxy.Port, s_patient);
        proxy.LongestDelay = TimeSpan.FromMilliseconds(20);
        proxy.Rates = Enum.GetValues<FaultKind>().Where(kind => kind != FaultKind.None).ToDictionary(kind => kind, _ => 0.07);
        var large = Noise(5 * Block + 12345);

        Assert.True(await store.PutIfAbsentAsync("large", large));
        await AssertHoldsAsync(store, "large", large);
        Assert.False(await store.PutIfAbsentAsync("large", Noise(100)));

        Assert.True(await store.PutIfAbsentAsync("count", "0"u8.ToArray()));
        for (var count = 0; count < 30; count++)
        {
            Assert.True(await store.PutIfAbsentAsync($"small/{count:D2}", Encoding.UTF8.GetBytes($"{count}")));
            Assert.True(await store.PutIfMatchAsync("count", (await store.HeadAsync("count"))!.Tag, Encoding.UTF8.GetBytes($"{count + 1}")));
        }
        Assert.Equal("30", Encoding.UTF8.GetString((await store.GetAsync("count", 10))!));
        Assert.Equal(Enumerable.Range(0, 30).Select(count => $"small/{count:D2}"), await NamesAsync(store, "small/"));
        for (var count = 0; count < 30; count++)
            Assert.True(await store.DeleteAsync($"small/{count:D2}"));
        Assert.Empty(await NamesAsync(store, "small/"));
        Assert.All(Enum.GetValues<FaultKind>(), kind => Assert.True(proxy.Counts.GetValueOrDefault(kind) > 0, $"{kind} never happened"));
        Assert.True(store.Retries > 10);
    }

    [AzuriteFact]
    public async Task Put_AnswerToTheCommitLost_KnowsThatItWon()
    {
        await using var proxy = new FaultProxy(azurite.Server.Port, seed: 1);
        var store = await AzuriteFixture.OpenAsync(_location, proxy.Port, s_patient);
        var losses = 0;
        proxy.Choose = line => line.StartsWith("PUT", StringComparison.Ordinal) && line.Contains("comp=blocklist") && losses++ == 0 ? FaultKind.LoseAnswer : null;

        Assert.True(await store.PutIfAbsentAsync("a", "mine"u8.ToArray()));
        losses = 0;
        Assert.True(await store.PutIfMatchAsync("a", (await store.HeadAsync("a"))!.Tag, "mine again"u8.ToArray()));

        Assert.True(losses > 1);
        Assert.Equal("mine again", Encoding.UTF8.GetString((await store.GetAsync("a", 100))!));
    }

    [AzuriteFact]
    public async Task Put_AnotherWriterCommitsBetweenStagingAndCommit_ExactlyOneWins()
    {
        var store = await AzuriteFixture.OpenAsync(_location, azurite.Server.Port);
        async Task Overtaken(Stream stream, CancellationToken cancellation)
        {
            await stream.WriteAsync(Noise(2 * Block + 1), cancellation);
            if (await store.HeadAsync("a", cancellation) is { } info)
                await store.PutIfMatchAsync("a", info.Tag, "other"u8.ToArray(), cancellation);
            else
                await store.PutIfAbsentAsync("a", "first"u8.ToArray(), cancellation);
        }

        Assert.False(await store.PutIfAbsentAsync("a", Overtaken));
        Assert.Equal("first", Encoding.UTF8.GetString((await store.GetAsync("a", 100))!));
        Assert.False(await store.PutIfMatchAsync("a", (await store.HeadAsync("a"))!.Tag, Overtaken));
        Assert.Equal("other", Encoding.UTF8.GetString((await store.GetAsync("a", 100))!));
    }

    [AzuriteFact]
    public async Task Put_AfterAnUploadThatDied_SendsOnlyWhatIsMissing()
    {
        var content = Noise(8 * Block);
        await using var proxy = new FaultProxy(azurite.Server.Port, seed: 1);
        var dying = await AzuriteFixture.OpenAsync(_location, proxy.Port, s_quick);
        var sent = 0;
        proxy.Choose = line =>
        {
            if (line.Contains("comp=block&") && Interlocked.Increment(ref sent) > 5)
                proxy.IsAway = true;
            return proxy.IsAway ? FaultKind.Refuse : null;
        };
        Assert.Equal(StoreFailure.Unreachable, (await Assert.ThrowsAsync<StoreException>(() => dying.PutIfAbsentAsync("a", content))).Failure);
        Assert.Null(await (await AzuriteFixture.OpenAsync(_location, azurite.Server.Port)).HeadAsync("a"));

        proxy.IsAway = false;
        proxy.Choose = null;
        proxy.Requests = new();
        var next = await AzuriteFixture.OpenAsync(_location, proxy.Port);
        Assert.True(await next.PutIfAbsentAsync("a", content));

        Assert.Equal(5, next.SparedBlocks);
        Assert.Equal(3, proxy.Requests.Count(line => line.StartsWith("PUT", StringComparison.Ordinal) && line.Contains("comp=block&")));
        await AssertHoldsAsync(next, "a", content);
    }

    [AzuriteFact]
    public async Task Put_StoreAwayForAWhile_GoesOnWhenItIsBack()
    {
        await using var proxy = new FaultProxy(azurite.Server.Port, seed: 1);
        var store = await AzuriteFixture.OpenAsync(_location, proxy.Port, s_patient);
        proxy.IsAway = true;
        var put = store.PutIfAbsentAsync("a", Noise(Block + 1));
        while (proxy.Counts.GetValueOrDefault(FaultKind.Refuse) < 3)
            await Task.Delay(10);
        proxy.IsAway = false;

        Assert.True(await put);
    }

    [AzuriteFact]
    public async Task AnyVerb_StoreThatStaysAway_SaysWhichAndNeverTheKey()
    {
        await using var proxy = new FaultProxy(azurite.Server.Port, seed: 1);
        var store = await AzuriteFixture.OpenAsync(_location, proxy.Port, s_quick);
        proxy.IsAway = true;

        foreach (var attempt in new Func<Task>[] { () => store.HeadAsync("a"), () => store.PutIfAbsentAsync("a", Noise(10)), () => store.GetRangeAsync("a", 0, new byte[1]), () => store.DeleteAsync("a"), () => NamesAsync(store, "") })
        {
            var failure = await Assert.ThrowsAsync<StoreException>(attempt);
            Assert.Equal(StoreFailure.Unreachable, failure.Failure);
            Assert.Contains($"{_location} cannot be reached", failure.Message);
            Assert.DoesNotContain("Eby8vdM02x", failure.ToString());
        }
    }

    [AzuriteFact]
    public async Task Put_AzuriteKilledAndStartedAgainInMidUpload_EndsWithTheSameBytes()
    {
        await using var server = await AzuriteServer.StartAsync();
        var store = await AzuriteFixture.OpenAsync(_location, server.Port, s_patient);
        await store.PutIfAbsentAsync("early", Noise(10));
        // The container has to be there afterwards.
        await AzuriteServer.IndexIsWritten();
        var content = Noise(6 * Block);
        async Task Interrupted(Stream stream, CancellationToken cancellation)
        {
            await stream.WriteAsync(content.AsMemory(0, 4 * Block), cancellation);
            server.Kill();
            await server.RestartAsync();
            await stream.WriteAsync(content.AsMemory(4 * Block), cancellation);
        }

        var killed = false;
        Assert.True(await store.PutIfAbsentAsync("a", (stream, token) => killed ? stream.WriteAsync(content, token).AsTask() : (killed = true, Interrupted(stream, token)).Item2));

        await AssertHoldsAsync(store, "a", content);
        Assert.Equal(10, (await store.HeadAsync("early"))!.Length);
    }

    static async Task AssertHoldsAsync(IArtifactStore store, string name, byte[] content)
    {
        var read = await store.GetAsync(name, content.Length);
        Assert.True(read.AsSpan().SequenceEqual(content));
    }

    static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    static async Task<List<string>> NamesAsync(IArtifactStore store, string prefix)
    {
        var names = new List<string>();
        await foreach (var info in store.ListAsync(prefix))
            names.Add(info.Name);
        return names;
    }
}
