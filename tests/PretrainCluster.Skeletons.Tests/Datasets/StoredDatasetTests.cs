using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Core;
using PretrainCluster.Skeletons.Datasets;

namespace PretrainCluster.Skeletons.Tests.Datasets;

public sealed class StoredDatasetTests : IDisposable
{
    const int Clips = 40;

    readonly TemporaryFolder _folder = new();
    readonly ReadingStore _store;

    public StoredDatasetTests()
    {
        TestClips.Write(_folder["local"], Enumerable.Range(0, Clips).Select(number => TestClips.Draw(number, 20)), options: new() { ShardBytes = 1 << 14 });
        _store = new(DirectoryStore.Open(_folder["store"]));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Push_ThenOpenFromTheStore_GivesTheSameClips()
    {
        var (digest, sent) = await DatasetPush.RunAsync(_folder["local"], _store, "azure://a/b");
        using var local = SkeletonDataset.Open(_folder["local"]);
        using var stored = Open(1 << 20);

        Assert.Equal(local.Digest, digest);
        Assert.Equal(local.Digest, stored.Digest);
        Assert.Equal(local.Description.Shards.Count + 2, sent);
        for (var sample = 0; sample < Clips; sample++)
            Assert.Equal(local.Read(sample).Positions, stored.Read(sample).Positions);
        Assert.Equal(local.Split("parity").Train, stored.Split("parity").Train);
        Assert.Empty(stored.Verify());
    }

    [Fact]
    public async Task Open_FromTheStore_FetchesOnlyWhatIsRead()
    {
        await DatasetPush.RunAsync(_folder["local"], _store, "azure://a/b");
        _store.Read.Clear();
        using var stored = Open(1 << 20);
        Assert.Equal(["dataset.json", stored.Description.SplitFile.File], _store.Read.Keys.Order(StringComparer.Ordinal));

        stored.Read(Clips - 1);

        Assert.Equal(3, _store.Read.Count);
        Assert.Contains(stored.Description.Shards[^1].File, _store.Read.Keys);
        using var again = Open(1 << 20);
        again.Read(Clips - 1);
        Assert.Equal(1, _store.Read[stored.Description.Shards[^1].File]);
    }

    [Fact]
    public async Task FetchAhead_Samples_BringsTheirShards()
    {
        await DatasetPush.RunAsync(_folder["local"], _store, "azure://a/b");
        using var stored = Open(1 << 20);
        stored.FetchAhead([0, 1, Clips - 1]);
        var cache = new ArtifactCache(_folder["cache"], 1 << 20);
        var wanted = new[] { stored.Description.Shards[0], stored.Description.Shards[^1] };

        while (!wanted.All(shard => cache.Holds(shard.Bytes, shard.Sha256)))
            await Task.Delay(10);

        stored.Read(0);
        Assert.Equal(1, _store.Read[wanted[0].File]);
        Assert.DoesNotContain(stored.Description.Shards[1].File, _store.Read.Keys);
    }

    [Fact]
    public async Task Read_CacheSmallerThanTheDataset_StaysWithinItAndReadsAll()
    {
        await DatasetPush.RunAsync(_folder["local"], _store, "azure://a/b");
        using var local = SkeletonDataset.Open(_folder["local"]);
        var bound = 3 * local.Description.Shards.Max(shard => shard.Bytes) + local.Description.SplitFile.Bytes;
        using var stored = Open(bound);
        var random = new Random(1);

        for (var i = 0; i < 200; i++)
        {
            var sample = random.Next(Clips);
            stored.FetchAhead([random.Next(Clips)]);
            Assert.Equal(local.Read(sample).Positions, stored.Read(sample).Positions);
        }

        stored.Dispose();
        Assert.InRange(Directory.GetFiles(_folder["cache"], "sha256-*").Sum(path => new FileInfo(path).Length), 1, 2 * bound);
        Assert.True(_store.Read.Values.Sum() > 2 * local.Description.Shards.Count);
    }

    [Fact]
    public async Task Read_ShardDamagedInTheStore_SaysWhich()
    {
        await DatasetPush.RunAsync(_folder["local"], _store, "azure://a/b");
        using var stored = Open(1 << 20);
        var path = _folder[$"store/{stored.Description.Shards[0].File}"];
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);

        var refusal = Assert.Throws<InputException>(() => stored.Read(0));

        Assert.Contains($"azure://a/b/{stored.Description.Shards[0].File}", refusal.Message);
        Assert.Contains("does not have its SHA-256", refusal.Message);
    }

    [Fact]
    public async Task Push_AgainOrOverAnother_SendsNothingOrIsRefused()
    {
        await DatasetPush.RunAsync(_folder["local"], _store, "azure://a/b");
        Assert.Equal(0, (await DatasetPush.RunAsync(_folder["local"], _store, "azure://a/b")).Sent);

        TestClips.Write(_folder["other"], Enumerable.Range(0, Clips + 1).Select(number => TestClips.Draw(number, 20)), options: new() { ShardBytes = 1 << 14 });
        Assert.Contains("holds another dataset", (await Assert.ThrowsAsync<InputException>(() => DatasetPush.RunAsync(_folder["other"], _store, "azure://a/b"))).Message);

        File.AppendAllText(Directory.GetFiles(_folder["local"], "*.safetensors")[0], "x");
        Assert.Contains("is damaged", (await Assert.ThrowsAsync<InputException>(() => DatasetPush.RunAsync(_folder["local"], _store, "azure://a/c"))).Message);
    }

    [Fact]
    public async Task Push_AfterAPushThatWasCutOff_SendsTheRest()
    {
        using var local = SkeletonDataset.Open(_folder["local"]);
        var first = local.Description.Shards[0].File;
        await _store.PutIfAbsentAsync(first, File.ReadAllBytes(_folder[$"local/{first}"]));

        Assert.Equal(local.Description.Shards.Count + 1, (await DatasetPush.RunAsync(_folder["local"], _store, "azure://a/b")).Sent);
    }

    [Fact]
    public void Open_StoreWithoutADataset_SaysHowToPutOneThere() =>
        Assert.Contains("pretrain data push", Assert.Throws<InputException>(() => Open(1 << 20)).Message);

    SkeletonDataset Open(long cacheBytes) => SkeletonDataset.Open(_store, "azure://a/b", new ArtifactCache(_folder["cache"], cacheBytes));
}
