using PretrainCluster.Artifacts.Checkpoints;
using PretrainCluster.Artifacts.SafeTensors;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Core;
using static PretrainCluster.Artifacts.Tests.Checkpoints.CheckpointSamples;

namespace PretrainCluster.Artifacts.Tests.Checkpoints;

public sealed class CheckpointStoreTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly DirectoryStore _store;
    readonly CheckpointStore _checkpoints;

    public CheckpointStoreTests()
    {
        _store = DirectoryStore.Open(_folder.Path);
        _checkpoints = new(_store);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Save_Checkpoint_IsFoundWithItsStateAndTensors()
    {
        var saved = await _checkpoints.SaveAsync(Facts(7), Contents(1));

        var found = (await _checkpoints.FindNewestAsync("demo")).Newest!;
        Assert.Equal("checkpoints/demo/000000000007.json", found.Artifact());
        Assert.Equal(saved.Digest, found.Digest);
        Assert.Equal(70, found.State!.Value.GetProperty("metrics").GetInt32());
        using var weights = SafeTensorsFile.Open(await _checkpoints.FetchAsync(found.Blob("weights")));
        Assert.Equal(1f, weights.Read<float>("a")[999]);
        found.EnsureMadeBy(Plan, Data);
    }

    [Fact]
    public async Task FindNewest_NoCheckpoint_IsNone()
    {
        var search = await _checkpoints.FindNewestAsync("demo");

        Assert.Null(search.Newest);
        Assert.Empty(search.Rejected);
    }

    [Fact]
    public async Task EnsureMadeBy_AnotherPlanOrOtherData_SaysWhichAndWhatToDo()
    {
        var saved = await _checkpoints.SaveAsync(Facts(7), Contents(1));

        Assert.Contains("another plan", Assert.Throws<InputException>(() => saved.EnsureMadeBy(Data, Data)).Message);
        Assert.Contains("other data", Assert.Throws<InputException>(() => saved.EnsureMadeBy(Plan, Plan)).Message);
        Assert.Contains("it has weights, optimizer", Assert.Throws<InputException>(() => saved.Blob("teacher")).Message);
    }

    [Fact]
    public async Task Save_TheSameAgain_IsASuccessThatChangesNothing()
    {
        var first = await _checkpoints.SaveAsync(Facts(7), Contents(1));
        var again = await _checkpoints.SaveAsync(Facts(7), Contents(1));

        Assert.Equal(first.Digest, again.Digest);
    }

    [Fact]
    public async Task Save_OtherContentForASoundStep_IsRefused()
    {
        await _checkpoints.SaveAsync(Facts(7), Contents(1));

        var refusal = await Assert.ThrowsAsync<CheckpointConflictException>(() => _checkpoints.SaveAsync(Facts(7), Contents(2)));
        Assert.Contains("checkpoints/demo/000000000007.json", refusal.Message);
        Assert.Empty((await _checkpoints.FindNewestAsync("demo")).Rejected);
    }

    [Fact]
    public async Task Save_OverADamagedOneOfTheStep_MendsIt()
    {
        var saved = await _checkpoints.SaveAsync(Facts(7), Contents(1));
        Flip(_store.PathOf(saved.Blob("weights").Artifact()), 100);
        Assert.Null((await _checkpoints.FindNewestAsync("demo")).Newest);

        await _checkpoints.SaveAsync(Facts(7), Contents(1));
        Assert.Equal(7, (await _checkpoints.FindNewestAsync("demo")).Newest!.Step);

        File.WriteAllText(_store.PathOf(saved.Artifact()), "garbage");
        await _checkpoints.SaveAsync(Facts(7), Contents(3));
        using var weights = SafeTensorsFile.Open(await _checkpoints.FetchAsync((await _checkpoints.GetAsync("demo", 7)).Blob("weights")));
        Assert.Equal(3f, weights.Read<float>("a")[0]);
    }

    [Theory]
    [InlineData("weights", "does not have its SHA-256")]
    [InlineData("optimizer", "does not have its SHA-256")]
    [InlineData("manifest", "do not have their SHA-256")]
    public async Task FindNewest_OneFlippedBit_FallsBackAndSaysWhy(string what, string reason)
    {
        await _checkpoints.SaveAsync(Facts(1), Contents(1));
        var newest = await _checkpoints.SaveAsync(Facts(2), Contents(2));
        var path = _store.PathOf(what == "manifest" ? newest.Artifact() : newest.Blob(what).Artifact());
        Flip(path, (int)new FileInfo(path).Length / 2);

        var search = await _checkpoints.FindNewestAsync("demo");

        Assert.Equal(1, search.Newest!.Step);
        var rejected = Assert.Single(search.Rejected);
        Assert.Equal("checkpoints/demo/000000000002.json", rejected.Artifact);
        Assert.Contains(reason, rejected.Reason);
        Assert.Contains(reason, (await Assert.ThrowsAsync<InputException>(() => _checkpoints.GetAsync("demo", 2))).Message);
    }

    [Fact]
    public async Task FindNewest_AnyTruncationOfAnyFile_FallsBack()
    {
        await _checkpoints.SaveAsync(Facts(1), Contents(1));
        var newest = await _checkpoints.SaveAsync(Facts(2), Contents(2));
        foreach (var artifact in newest.Blobs.Select(blob => blob.Artifact()).Append(newest.Artifact()))
        {
            var whole = File.ReadAllBytes(_store.PathOf(artifact));
            for (var length = 0; length < whole.Length; length += 1 + whole.Length / 40)
            {
                File.WriteAllBytes(_store.PathOf(artifact), whole[..length]);
                Assert.Equal(1, (await _checkpoints.FindNewestAsync("demo")).Newest!.Step);
            }
            File.Delete(_store.PathOf(artifact));
            Assert.Equal(1, (await _checkpoints.FindNewestAsync("demo")).Newest!.Step);
            File.WriteAllBytes(_store.PathOf(artifact), whole);
        }
        Assert.Equal(2, (await _checkpoints.FindNewestAsync("demo")).Newest!.Step);
    }

    [Fact]
    public async Task FindNewest_ManifestUnderAnotherStepsName_IsRejected()
    {
        var saved = await _checkpoints.SaveAsync(Facts(1), Contents(1));
        File.Copy(_store.PathOf(saved.Artifact()), _store.PathOf("checkpoints/demo/000000000009.json"));

        var search = await _checkpoints.FindNewestAsync("demo");

        Assert.Equal(1, search.Newest!.Step);
        Assert.Contains("that of checkpoints/demo/000000000001.json", Assert.Single(search.Rejected).Reason);
    }

    [Fact]
    public async Task Retain_NewestK_DeletesTheOthersAndTheirParts()
    {
        for (var step = 1; step <= 5; step++)
            await _checkpoints.SaveAsync(Facts(step), Contents(step));
        var other = await _checkpoints.SaveAsync(Facts(1, "other"), Contents(1));

        var deleted = await _checkpoints.RetainAsync("demo", 2);

        Assert.Equal(["checkpoints/demo/000000000003.json", "checkpoints/demo/000000000002.json", "checkpoints/demo/000000000001.json"], deleted);
        Assert.Equal([5L, 4L], (await _checkpoints.ListAsync("demo")).Select(manifest => manifest.Step));
        Assert.Equal(other.Digest, (await _checkpoints.FindNewestAsync("other")).Newest!.Digest);
        Assert.Equal(6, Directory.GetFiles(_folder["blobs"]).Length);
    }

    [Fact]
    public async Task Retain_NewestOnesDamaged_KeepsTheNewestThatVerifies()
    {
        var saved = new List<CheckpointManifest>();
        for (var step = 1; step <= 4; step++)
            saved.Add(await _checkpoints.SaveAsync(Facts(step), Contents(step)));
        Flip(_store.PathOf(saved[3].Blob("weights").Artifact()), 50);
        Flip(_store.PathOf(saved[2].Blob("weights").Artifact()), 50);

        await _checkpoints.RetainAsync("demo", 1);

        Assert.Equal([4L, 2L], (await _checkpoints.ListAsync("demo")).Select(manifest => manifest.Step));
        Assert.Equal(2, (await _checkpoints.FindNewestAsync("demo")).Newest!.Step);
    }

    [Fact]
    public async Task Retain_NoneVerifies_DeletesNothing()
    {
        var saved = await _checkpoints.SaveAsync(Facts(1), Contents(1));
        Flip(_store.PathOf(saved.Blob("weights").Artifact()), 50);

        Assert.Empty(await _checkpoints.RetainAsync("demo", 1));
        Assert.Single(await _checkpoints.ListAsync("demo"));
    }

    [Fact]
    public async Task Retain_PartsOfAWriterInProgress_StayForADay()
    {
        await _checkpoints.SaveAsync(Facts(1), Contents(1));
        await _store.PutIfAbsentAsync($"blobs/sha256-{new string('c', 64)}", "fresh"u8.ToArray());
        await _store.PutIfAbsentAsync($"blobs/sha256-{new string('d', 64)}", "old"u8.ToArray());
        File.SetLastWriteTimeUtc(_folder[$"blobs/sha256-{new string('d', 64)}"], DateTime.UtcNow.AddDays(-2));

        await _checkpoints.RetainAsync("demo", 1);

        Assert.NotNull(await _store.HeadAsync($"blobs/sha256-{new string('c', 64)}"));
        Assert.Null(await _store.HeadAsync($"blobs/sha256-{new string('d', 64)}"));
    }

    [Fact]
    public async Task SaveAndRetain_CrashAtEveryBoundary_NewestCompleteCheckpointLoadsAndTheRunGoesOn()
    {
        var boundary = 0;
        for (var crashed = true; crashed; boundary++)
        {
            using var folder = new TemporaryFolder();
            var store = DirectoryStore.Open(folder.Path);
            var checkpoints = new CheckpointStore(store);
            await checkpoints.SaveAsync(Facts(1), Contents(1));
            await checkpoints.SaveAsync(Facts(2), Contents(2));
            var dying = new CrashingStore(store, boundary);
            var returned = false;
            try
            {
                await new CheckpointStore(dying).SaveAsync(Facts(3), Contents(3));
                returned = true;
                await new CheckpointStore(dying).RetainAsync("demo", 1);
            }
            catch (CrashException)
            {
            }
            crashed = dying.Crashed;

            var reopened = new CheckpointStore(DirectoryStore.Open(folder.Path));
            var search = await reopened.FindNewestAsync("demo");
            Assert.Empty(search.Rejected);
            Assert.InRange(search.Newest!.Step, returned ? 3 : 2, 3);

            await reopened.SaveAsync(Facts(3), Contents(3));
            await reopened.SaveAsync(Facts(4), Contents(4));
            await reopened.RetainAsync("demo", 1);
            Assert.Equal([4L], (await reopened.ListAsync("demo")).Select(manifest => manifest.Step));
            Assert.Equal(4, (await reopened.FindNewestAsync("demo")).Newest!.Step);
        }
        Assert.InRange(boundary, 15, 1000);
    }

    [Fact]
    public async Task Save_ContentThatChangesBetweenItsTwoWritings_IsNeverStored()
    {
        var calls = 0;
        var changing = new CheckpointContent("weights", (stream, cancellation) => stream.WriteAsync(new byte[] { (byte)calls++ }, cancellation).AsTask());

        await Assert.ThrowsAsync<InvalidOperationException>(() => _checkpoints.SaveAsync(Facts(1), [changing]));

        Assert.Null((await _checkpoints.FindNewestAsync("demo")).Newest);
        Assert.Empty(Directory.GetFiles(_folder["blobs"]));
    }

    [Theory]
    [InlineData("../up")]
    [InlineData("a/b\\c")]
    [InlineData("")]
    public async Task Save_RunNameThatLeadsElsewhere_IsRefused(string run) =>
        await Assert.ThrowsAsync<ArgumentException>(() => _checkpoints.SaveAsync(Facts(1, run), Contents(1)));

    static void Flip(string path, int at)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[at] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
