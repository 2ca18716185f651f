using PretrainCluster.Artifacts.Checkpoints;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Core;
using static PretrainCluster.Artifacts.Tests.Checkpoints.CheckpointSamples;

namespace PretrainCluster.Artifacts.Tests.Checkpoints;

public sealed class CheckpointTagsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly DirectoryStore _store;
    readonly CheckpointStore _checkpoints;

    public CheckpointTagsTests()
    {
        _store = DirectoryStore.Open(_folder.Path);
        _checkpoints = new(_store);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Set_NewAndMovedTag_PointsToItsCheckpoint()
    {
        var (first, second) = (await _checkpoints.SaveAsync(Facts(1), Contents(1)), await _checkpoints.SaveAsync(Facts(2), Contents(2)));

        await _checkpoints.Tags.SetAsync("model", "best", first, null);
        var tag = (await _checkpoints.Tags.FindAsync("model", "best"))!;
        Assert.Equal(("demo", 1L, first.Digest), (tag.Run, tag.Step, tag.Digest));

        await _checkpoints.Tags.SetAsync("model", "best", second, tag);
        await _checkpoints.Tags.SetAsync("model", "best", second, null);
        await _checkpoints.Tags.SetAsync("model", "v1", first, null);
        Assert.Equal(["model:best demo@2", "model:v1 demo@1"], (await _checkpoints.Tags.ListAsync()).Select(t => $"{t} {t.Run}@{t.Step}"));
        Assert.Null(await _checkpoints.Tags.FindAsync("model", "none"));
    }

    [Fact]
    public async Task Set_TagThatPointsElsewhere_IsRefusedAndSaysWhere()
    {
        var (first, second) = (await _checkpoints.SaveAsync(Facts(1), Contents(1)), await _checkpoints.SaveAsync(Facts(2), Contents(2)));
        await _checkpoints.Tags.SetAsync("model", "best", first, null);

        var refusal = await Assert.ThrowsAsync<InputException>(() => _checkpoints.Tags.SetAsync("model", "best", second, null));

        Assert.Contains("model:best points to demo@1", refusal.Message);
        Assert.Equal(1, (await _checkpoints.Tags.FindAsync("model", "best"))!.Step);
    }

    [Fact]
    public async Task Set_ManyAtOnce_OneWinsAndTheOthersAreTold()
    {
        var saved = new List<CheckpointManifest>();
        for (var step = 1; step <= 8; step++)
            saved.Add(await _checkpoints.SaveAsync(Facts(step), Contents(step)));

        var outcomes = await Task.WhenAll(saved.Select(manifest => Task.Run(async () =>
        {
            try
            {
                await new CheckpointTags(_store).SetAsync("model", "best", manifest, null);
                return manifest.Step;
            }
            catch (InputException)
            {
                return 0L;
            }
        })));

        Assert.Equal((await _checkpoints.Tags.FindAsync("model", "best"))!.Step, Assert.Single(outcomes, step => step > 0));
    }

    [Fact]
    public async Task Find_DamagedTag_SaysSo()
    {
        var saved = await _checkpoints.SaveAsync(Facts(1), Contents(1));
        await _checkpoints.Tags.SetAsync("model", "best", saved, null);
        File.WriteAllText(_store.PathOf("tags/model/best.json"), "{}");

        Assert.Contains("tags/model/best.json is damaged", (await Assert.ThrowsAsync<InputException>(() => _checkpoints.Tags.FindAsync("model", "best"))).Message);
    }

    [Theory]
    [InlineData("model")]
    [InlineData("model:")]
    [InlineData(":best")]
    [InlineData("a/b:best")]
    [InlineData("model:best:more")]
    [InlineData("../model:best")]
    public void Parse_NoNameAndTag_IsRefused(string text) => Assert.Throws<InputException>(() => CheckpointTag.Parse(text));
}
