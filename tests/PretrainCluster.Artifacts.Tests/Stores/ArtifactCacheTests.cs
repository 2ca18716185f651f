using System.Security.Cryptography;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Artifacts.Tests.Checkpoints;
using PretrainCluster.Core;

namespace PretrainCluster.Artifacts.Tests.Stores;

public sealed class ArtifactCacheTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly DirectoryStore _directory;
    readonly CountingStore _store;

    public ArtifactCacheTests()
    {
        _directory = DirectoryStore.Open(_folder["store"]);
        _store = new(_directory);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Fetch_Artifact_IsCopiedOnce()
    {
        var cache = new ArtifactCache(_folder["cache"], 1000);
        var (name, sha256) = await PutAsync("a", 100);

        var path = await cache.FetchAsync(_store, name, 100, sha256, "a");
        await cache.FetchAsync(_store, name, 100, sha256, "a");

        Assert.Equal(100, _store.BytesRead);
        Assert.Equal(File.ReadAllBytes(_directory.PathOf(name)), File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(_folder["cache"], "sha256-*"));
    }

    [Fact]
    public async Task Fetch_BeyondTheBound_DropsWhatWasUsedLongestAgo()
    {
        var cache = new ArtifactCache(_folder["cache"], 250);
        var made = new List<(string Name, string Sha256)>();
        for (var i = 0; i < 3; i++)
        {
            made.Add(await PutAsync($"{i}", 100 - i));
            if (i < 2)
                File.SetLastWriteTimeUtc(await cache.FetchAsync(_store, made[i].Name, 100 - i, made[i].Sha256, ""), DateTime.UtcNow.AddHours(i - 5));
        }
        await cache.FetchAsync(_store, made[0].Name, 100, made[0].Sha256, "");

        await cache.FetchAsync(_store, made[2].Name, 98, made[2].Sha256, "");

        Assert.True(cache.Holds(100, made[0].Sha256));
        Assert.False(cache.Holds(99, made[1].Sha256));
        Assert.True(cache.Holds(98, made[2].Sha256));
        Assert.Contains("raise PRETRAIN_CACHE_GIB", (await Assert.ThrowsAsync<InputException>(() => cache.FetchAsync(_store, "x", 251, made[0].Sha256, "x"))).Message);
    }

    [Fact]
    public async Task Fetch_DamagedOrMissingOrShortArtifact_IsRefusedAndLeavesNothing()
    {
        var cache = new ArtifactCache(_folder["cache"], 1000);
        var (name, sha256) = await PutAsync("a", 100);

        Assert.Contains("does not have its SHA-256", (await Assert.ThrowsAsync<InputException>(() => cache.FetchAsync(_store, name, 100, new string('0', 64), "Shard a"))).Message);
        Assert.Contains("is not in the store", (await Assert.ThrowsAsync<InputException>(() => cache.FetchAsync(_store, "none", 100, sha256, "Shard a"))).Message);
        Assert.Contains("has 100 bytes in the store instead of 200", (await Assert.ThrowsAsync<InputException>(() => cache.FetchAsync(_store, name, 200, sha256, "Shard a"))).Message);
        Assert.False(cache.Holds(100, sha256));
    }

    [Fact]
    public async Task Fetch_AfterAFetchThatDied_GoesOnWhereItEnded()
    {
        const int length = 9_000_000;
        var cache = new ArtifactCache(_folder["cache"], 100_000_000);
        var (name, sha256) = await PutAsync("a", length);
        Directory.CreateDirectory(_folder["cache"]);
        File.WriteAllBytes($"{cache.PathOf(sha256)}.partial-{sha256[..12]}", File.ReadAllBytes(_directory.PathOf(name))[..6_000_000]);

        await cache.FetchAsync(_store, name, length, sha256, "a");

        Assert.Equal(3_000_000, _store.BytesRead);
        Assert.Equal(File.ReadAllBytes(_directory.PathOf(name)), File.ReadAllBytes(cache.PathOf(sha256)));
    }

    [Fact]
    public async Task Fetch_AfterAFetchThatLeftWrongBytes_ReadsEverythingAgain()
    {
        var cache = new ArtifactCache(_folder["cache"], 1000);
        var (name, sha256) = await PutAsync("a", 100);
        Directory.CreateDirectory(_folder["cache"]);
        File.WriteAllBytes($"{cache.PathOf(sha256)}.partial-{sha256[..12]}", new byte[60]);

        await cache.FetchAsync(_store, name, 100, sha256, "a");

        Assert.Equal(File.ReadAllBytes(_directory.PathOf(name)), File.ReadAllBytes(cache.PathOf(sha256)));
    }

    [Fact]
    public async Task Fetch_ManyAtOnce_OneReadsTheStore()
    {
        const int length = 5_000_000;
        var (name, sha256) = await PutAsync("a", length);

        var paths = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => new ArtifactCache(_folder["cache"], 100_000_000).FetchAsync(_store, name, length, sha256, "a"))));

        Assert.Equal(length, _store.BytesRead);
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Assert.Single(paths.Distinct())))));
        Assert.Single(Directory.GetFiles(_folder["cache"], "sha256-*"));
    }

    [Fact]
    public void OfUser_Environment_DecidesFolderAndSize()
    {
        ArtifactCache Of(params (string Name, string Value)[] environment) => ArtifactCache.OfUser(name => environment.FirstOrDefault(variable => variable.Name == name).Value);

        Assert.Equal("/fast/cache", Of(("PRETRAIN_CACHE", "/fast/cache")).Folder);
        Assert.Equal("/home/me/.c/pretrain", Of(("XDG_CACHE_HOME", "/home/me/.c")).Folder);
        Assert.Equal(1L << 29, Of(("PRETRAIN_CACHE_GIB", "0.5")).Bytes);
        Assert.Contains("PRETRAIN_CACHE_GIB is \"much\"", Assert.Throws<InputException>(() => Of(("PRETRAIN_CACHE_GIB", "much"))).Message);
    }

    async Task<(string Name, string Sha256)> PutAsync(string name, int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        await _directory.PutIfAbsentAsync(name, content);
        return (name, Convert.ToHexStringLower(SHA256.HashData(content)));
    }
}
