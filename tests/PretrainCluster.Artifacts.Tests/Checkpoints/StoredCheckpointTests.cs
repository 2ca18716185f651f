using PretrainCluster.Artifacts.Checkpoints;
using PretrainCluster.Artifacts.SafeTensors;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Artifacts.Stores.Blobs;
using PretrainCluster.Azurite;
using static PretrainCluster.Artifacts.Tests.Checkpoints.CheckpointSamples;

namespace PretrainCluster.Artifacts.Tests.Checkpoints;

/// <summary>Checkpoints in a real Azurite.</summary>
[Collection(AzuriteTests.Name)]
public sealed class StoredCheckpointTests(AzuriteFixture azurite) : IDisposable
{
    static readonly StorePatience s_patient = new() { Total = TimeSpan.FromMinutes(1), FirstWait = TimeSpan.FromMilliseconds(5), LongestWait = TimeSpan.FromMilliseconds(200), Attempt = TimeSpan.FromSeconds(2) };

    readonly TemporaryFolder _folder = new();
    readonly BlobLocation _location = AzuriteFixture.NewLocation("models");

    public void Dispose() => _folder.Dispose();

    [AzuriteFact]
    public async Task SaveAndRetain_RequestsFailingAtRandom_LeaveTheNewestWholeAndNothingElse()
    {
        await using var proxy = new FaultProxy(azurite.Server.Port, seed: 2);
        var checkpoints = Over(await AzuriteFixture.OpenAsync(_location, proxy.Port, s_patient));
        proxy.LongestDelay = TimeSpan.FromMilliseconds(10);
        proxy.Rates = Enum.GetValues<FaultKind>().Where(kind => kind != FaultKind.None).ToDictionary(kind => kind, _ => 0.05);

        for (var step = 1; step <= 6; step++)
        {
            await checkpoints.SaveAsync(Facts(step), Contents(step));
            await checkpoints.RetainAsync("demo", 2);
        }

        proxy.Rates = new Dictionary<FaultKind, double>();
        var found = await checkpoints.FindNewestAsync("demo");
        Assert.Equal(6, found.Newest!.Step);
        Assert.Empty(found.Rejected);
        Assert.Equal([6L, 5L], (await checkpoints.ListAsync("demo")).Select(manifest => manifest.Step));
        using var weights = SafeTensorsFile.Open(await checkpoints.FetchAsync(found.Newest.Blob("weights")));
        Assert.Equal(6f, weights.Read<float>("a")[0]);
    }

    [AzuriteFact]
    public async Task Save_ByAWriterThatShouldHaveStopped_IsRefusedByName()
    {
        var store = await AzuriteFixture.OpenAsync(_location, azurite.Server.Port);
        var current = await Over(store).SaveAsync(Facts(7), Contents(1));

        Assert.Equal(current.Digest, (await Over(store).SaveAsync(Facts(7), Contents(1))).Digest);
        var refusal = await Assert.ThrowsAsync<CheckpointConflictException>(() => Over(store).SaveAsync(Facts(7), Contents(2)));

        Assert.Equal("checkpoints/demo/000000000007.json", refusal.Artifact);
        Assert.Equal(current.Digest, (await Over(store).FindNewestAsync("demo")).Newest!.Digest);
    }

    [AzuriteFact]
    public async Task FindNewest_ByteFlippedInTheStore_FallsBackAndSaysWhich()
    {
        var store = await AzuriteFixture.OpenAsync(_location, azurite.Server.Port);
        await Over(store).SaveAsync(Facts(1), Contents(1));
        var newest = await Over(store).SaveAsync(Facts(2), Contents(2));
        var part = newest.Blob("optimizer").Artifact();
        var bytes = (await store.GetAsync(part, 1 << 20))!;
        bytes[bytes.Length / 2] ^= 1;
        Assert.True(await store.PutIfMatchAsync(part, (await store.HeadAsync(part))!.Tag, bytes));

        var search = await Over(store).FindNewestAsync("demo");

        Assert.Equal(1, search.Newest!.Step);
        var rejected = Assert.Single(search.Rejected);
        Assert.Equal("checkpoints/demo/000000000002.json", rejected.Artifact);
        Assert.Contains("Part optimizer", rejected.Reason);
        Assert.Contains("does not have its SHA-256", rejected.Reason);
    }

    [AzuriteFact]
    public async Task FindNewest_CopyDamagedInTheCache_IsFetchedAgain()
    {
        var store = await AzuriteFixture.OpenAsync(_location, azurite.Server.Port);
        var saved = await Over(store).SaveAsync(Facts(1), Contents(1));
        var copy = await Over(store).FetchAsync(saved.Blob("weights"));
        var bytes = File.ReadAllBytes(copy);
        bytes[^1] ^= 1;
        File.WriteAllBytes(copy, bytes);

        Assert.Empty((await Over(store).FindNewestAsync("demo")).Rejected);
        using var weights = SafeTensorsFile.Open(await Over(store).FetchAsync(saved.Blob("weights")));
        Assert.Equal(5f, weights.Read<float>("b")[5]);
    }

    [AzuriteFact]
    public async Task FindNewest_StoreAway_IsAnErrorAndNoDamage()
    {
        await using var proxy = new FaultProxy(azurite.Server.Port, seed: 1);
        var store = await AzuriteFixture.OpenAsync(_location, proxy.Port, new() { Total = TimeSpan.FromMilliseconds(200) });
        await Over(store).SaveAsync(Facts(1), Contents(1));
        proxy.IsAway = true;

        Assert.Equal(StoreFailure.Unreachable, (await Assert.ThrowsAsync<StoreException>(() => Over(store).FindNewestAsync("demo"))).Failure);
    }

    CheckpointStore Over(IArtifactStore store) => new(store, cache: new ArtifactCache(_folder["cache"], 1 << 30));
}
