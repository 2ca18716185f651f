using PretrainCluster.Artifacts.Files;
using PretrainCluster.Artifacts.Stores;

namespace PretrainCluster.Artifacts.Tests.Stores;

public sealed class DirectoryStoreTests : ArtifactStoreConformance, IDisposable
{
    readonly TemporaryFolder _folder = new();

    public DirectoryStoreTests() => Store = DirectoryStore.Open(_folder["store"]);

    protected override IArtifactStore Store { get; }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_AfterACrash_DeletesWhatNobodyWritesAnyMore()
    {
        await Store.PutIfAbsentAsync("a/kept", Bytes("x"));
        var orphan = _folder["store/a/lost.writing-0123456789ab"];
        var recent = _folder["store/a/recent.writing-0123456789ab"];
        File.WriteAllText(orphan, "half");
        File.WriteAllText(recent, "half");
        File.SetLastWriteTimeUtc(orphan, DateTime.UtcNow.AddMinutes(-2));
        using var living = new AtomicFile(_folder["store/a/living"]);
        living.Write("half"u8);
        living.Stream.Flush();
        var inUse = _folder.Files().Single(path => path.Contains("living"));
        File.SetLastWriteTimeUtc(inUse, DateTime.UtcNow.AddMinutes(-2));

        DirectoryStore.Open(_folder["store"]);

        Assert.False(File.Exists(orphan));
        Assert.True(File.Exists(recent));
        living.Commit();
        Assert.True(File.Exists(_folder["store/a/living"]));
        Assert.True(File.Exists(_folder["store/a/kept"]));
    }

    [Fact]
    public async Task List_FileInTheMiddleOfBeingWritten_IsNotThere()
    {
        using var living = new AtomicFile(_folder["store/a"]);
        var count = 0;
        await foreach (var _ in Store.ListAsync(""))
            count++;

        Assert.Equal(0, count);
    }

    [Fact]
    public async Task Put_WhereTheFolderCannotBeWritten_NamesThePath()
    {
        File.WriteAllText(_folder["store/blocker"], "");

        var failure = await Assert.ThrowsAsync<IOException>(() => Store.PutIfAbsentAsync("blocker/a", Bytes("x")));
        Assert.Contains(_folder["store/blocker/a"], failure.Message);
        Assert.Throws<IOException>(() => DirectoryStore.Open(_folder["store/blocker"]));
    }

    [Fact]
    public async Task Put_FullDisk_NamesThePathAndLeavesNothing()
    {
        Task Full(Stream stream, CancellationToken cancellation) => throw new IOException("No space left on device");

        var failure = await Assert.ThrowsAsync<IOException>(() => Store.PutIfAbsentAsync("a", Full));

        Assert.Contains(_folder["store/a"], failure.Message);
        Assert.DoesNotContain(_folder.Files(), path => path.Contains("writing"));
    }
}
