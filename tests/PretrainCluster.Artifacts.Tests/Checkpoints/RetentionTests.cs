using System.Text;
using PretrainCluster.Artifacts.Checkpoints;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Core;
using static PretrainCluster.Artifacts.Tests.Checkpoints.CheckpointSamples;

namespace PretrainCluster.Artifacts.Tests.Checkpoints;

public sealed class RetentionTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly DirectoryStore _directory;
    readonly CountingStore _store;
    readonly CheckpointStore _checkpoints;

    public RetentionTests()
    {
        _directory = DirectoryStore.Open(_folder.Path);
        _store = new(_directory);
        _checkpoints = new(_store, cache: new ArtifactCache(_folder["cache"], 1 << 30));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Retain_LatestBestAndEvery_KeepsTheirUnion()
    {
        double[] losses = [9, 3, 8, 1, 7, 2, 6, 5];
        for (var step = 1; step <= 8; step++)
            await _checkpoints.SaveAsync(Facts(step) with { Metrics = new Dictionary<string, double> { ["loss"] = losses[step - 1] } }, Contents(step));

        await _checkpoints.RetainAsync("demo", new RetentionPolicy { Latest = 1, Best = 2, BestBy = "loss", EverySteps = 3 });

        Assert.Equal([8L, 6L, 4L, 3L], await StepsAsync());
        Assert.Equal(8, Directory.GetFiles(_folder["blobs"]).Length);
    }

    [Fact]
    public async Task Retain_RunWithStages_KeepsTheNewestAndTheBestOfEach()
    {
        double[] losses = [3, 1, 2, 8, 6, 9];
        for (var step = 1; step <= 6; step++)
            await _checkpoints.SaveAsync(Facts(step) with { Stage = step <= 3 ? "masked" : "tuning", Metrics = new Dictionary<string, double> { ["loss"] = losses[step - 1] } }, Contents(step));

        await _checkpoints.RetainAsync("demo", new RetentionPolicy { Latest = 1, Best = 1 });

        Assert.Equal([6L, 5L, 3L, 2L], await StepsAsync());
        Assert.Equal("masked", (await _checkpoints.GetAsync("demo", 3)).Stage);
    }

    [Fact]
    public async Task Retain_BestByTheMonitor_KeepsTheLargestOfWhatItMeasured()
    {
        for (var step = 1; step <= 5; step++)
        {
            var saved = await _checkpoints.SaveAsync(Facts(step) with { Metrics = new Dictionary<string, double> { ["loss"] = step } }, Contents(step));
            if (step != 1)
                await _checkpoints.Monitored.PutAsync(saved, step == 2 ? 80.25 : 50 + step);
            // Figures of the test side choose nothing.
            await _checkpoints.Evaluations.PutAsync("demo", $"knn-{step}", Encoding.UTF8.GetBytes($$"""{"protocol":"knn","checkpoint":"{{saved.Digest}}","measurements":[{"name":"k = 1","mean":{{100 - step}}}]}"""));
        }

        await _checkpoints.RetainAsync("demo", new RetentionPolicy { Latest = 1, Best = 1, BestBy = "monitor" });

        Assert.Equal([5L, 2L], await StepsAsync());
        Assert.Equal(80.25, await _checkpoints.Monitored.FindAsync(await _checkpoints.GetAsync("demo", 2)));
    }

    [Fact]
    public async Task Retain_TaggedAndPinned_StayUntilReleased()
    {
        var saved = new List<CheckpointManifest>();
        for (var step = 1; step <= 5; step++)
            saved.Add(await _checkpoints.SaveAsync(Facts(step), Contents(step)));
        await _checkpoints.Tags.SetAsync("model", "best", saved[0], null);
        await _checkpoints.PinAsync("demo", 2);

        await _checkpoints.RetainAsync("demo", 1);
        Assert.Equal([5L, 2L, 1L], await StepsAsync());

        Assert.True(await _checkpoints.Tags.RemoveAsync("model", "best"));
        Assert.True(await _checkpoints.UnpinAsync("demo", 2));
        Assert.False(await _checkpoints.UnpinAsync("demo", 2));
        await _checkpoints.RetainAsync("demo", 1);
        Assert.Equal([5L], await StepsAsync());
        Assert.Contains("has no checkpoint of step 2", (await Assert.ThrowsAsync<InputException>(() => _checkpoints.PinAsync("demo", 2))).Message);
    }

    [Fact]
    public async Task Retain_WhileOneIsRead_LeavesItUntilTheReaderIsDone()
    {
        for (var step = 1; step <= 3; step++)
            await _checkpoints.SaveAsync(Facts(step), Contents(step));
        var reader = new CheckpointStore(_directory);
        await using (await reader.BeginReadingAsync("demo", 1))
        {
            await _checkpoints.RetainAsync("demo", 1);
            Assert.Equal([3L, 1L], await StepsAsync());
        }

        await _checkpoints.RetainAsync("demo", 1);
        Assert.Equal([3L], await StepsAsync());
        Assert.Empty(Directory.GetFiles(_folder["leases"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Retain_ReaderThatComesWhileItsManifestGoes_KeepsItsParts()
    {
        var oldest = await _checkpoints.SaveAsync(Facts(1), Contents(1));
        await _checkpoints.SaveAsync(Facts(2), Contents(2));
        CheckpointReading? reading = null;
        _store.BeforeDelete = async name =>
        {
            if (name == oldest.Artifact())
                reading = await new CheckpointStore(_directory).BeginReadingAsync("demo", 1);
        };

        await _checkpoints.RetainAsync("demo", 1);

        Assert.Equal([2L], await StepsAsync());
        Assert.All(oldest.Blobs, blob => Assert.True(File.Exists(_directory.PathOf(blob.Artifact()))));
        await reading!.DisposeAsync();
    }

    [Fact]
    public async Task Retain_ReaderThatDied_ProtectsForAnHour()
    {
        await _checkpoints.SaveAsync(Facts(1), Contents(1));
        await _checkpoints.SaveAsync(Facts(2), Contents(2));
        await new CheckpointStore(_directory).BeginReadingAsync("demo", 1);
        var lease = Assert.Single(Directory.GetFiles(_folder["leases"], "*", SearchOption.AllDirectories));

        File.SetLastWriteTimeUtc(lease, DateTime.UtcNow.AddMinutes(-50));
        await _checkpoints.RetainAsync("demo", 1);
        Assert.Equal([2L, 1L], await StepsAsync());

        File.SetLastWriteTimeUtc(lease, DateTime.UtcNow.AddMinutes(-70));
        await _checkpoints.RetainAsync("demo", 1);
        Assert.Equal([2L], await StepsAsync());
        Assert.False(File.Exists(lease));
    }

    [Fact]
    public async Task SaveAndRetain_AgainAndAgain_ReadNoPartAgain()
    {
        for (var step = 1; step <= 5; step++)
        {
            await _checkpoints.SaveAsync(Facts(step), Contents(step));
            await _checkpoints.RetainAsync("demo", 3);
        }
        // Manifests alone: a part of these checkpoints has 4 KiB.
        Assert.InRange(_store.BytesRead, 0, 8 * 1024);

        var restarted = new CountingStore(_directory);
        await new CheckpointStore(restarted).RetainAsync("demo", 1);
        Assert.InRange(restarted.BytesRead, 8 * 1024, 16 * 1024);
    }

    [Fact]
    public async Task Save_PartDeletedByAnotherRunsRetentionMeanwhile_IsStoredAgain()
    {
        var store = new CountingStore(_directory);
        await new CheckpointStore(store).SaveAsync(Facts(1, "first"), Contents(1));
        var shared = (await _checkpoints.GetAsync("first", 1)).Blob("weights").Artifact();
        var raced = false;
        async Task Write(Stream stream, CancellationToken cancellation)
        {
            // Called to take the optimizer's digest, when the weights were found stored.
            if (!raced)
                await _directory.DeleteAsync(shared, cancellation);
            raced = true;
            await Content("optimizer", 9).Write(stream, cancellation);
        }

        var saved = await _checkpoints.SaveAsync(Facts(2, "second"), [Content("weights", 1), new("optimizer", Write)]);

        Assert.Equal(shared, saved.Blob("weights").Artifact());
        Assert.Empty((await _checkpoints.FindNewestAsync("second")).Rejected);
    }

    async Task<IEnumerable<long>> StepsAsync() => (await _checkpoints.ListAsync("demo")).Select(manifest => manifest.Step);
}
