using PretrainCluster.Core;
using PretrainCluster.Skeletons.Datasets;

namespace PretrainCluster.Skeletons.Tests.Datasets;

public sealed class DatasetWriterTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Dispose_WithoutCommit_LeavesNothing()
    {
        using (var writer = new DatasetWriter(_folder["set"], TestClips.Header(), new() { ShardBytes = 1 }))
        {
            writer.Add(TestClips.Draw(0, 5));
            writer.Add(TestClips.Draw(1, 5));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Commit_LeavesTheFolderAlone()
    {
        TestClips.Write(_folder["set"], [TestClips.Draw(0, 5)]);

        Assert.Equal(["set"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
        Assert.Equal(["dataset.json", "shard-00000.safetensors", "splits.safetensors"],
            Directory.EnumerateFiles(_folder["set"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Add_NotFinite_NamesClipAndFrame()
    {
        using var writer = new DatasetWriter(_folder["set"], TestClips.Header());
        var clip = TestClips.Draw(7, 5);
        clip.Positions[3 * 30 + 2] = float.NaN;

        var error = Assert.Throws<InputException>(() => writer.Add(clip));

        Assert.Contains("clip-007", error.Message);
        Assert.Contains("frame 3", error.Message);
    }

    public static TheoryData<string, Func<Clip, Clip>> Misfits => new()
    {
        { "label", clip => clip with { Label = 3 } },
        { "label", clip => clip with { Label = -2 } },
        { "joints", clip => clip with { Joints = 4, Positions = new float[5 * 2 * 4 * 3] } },
        { "persons", clip => clip with { Persons = 3, Positions = new float[5 * 3 * 5 * 3] } },
        { "frames", clip => clip with { Frames = 0, Positions = [] } },
        { "coordinates", clip => clip with { Positions = new float[7] } },
        { "name", clip => clip with { Name = "" } },
    };

    [Theory, MemberData(nameof(Misfits))]
    public void Add_ClipThatDoesNotFit_SaysWhatDoesNot(string what, Func<Clip, Clip> change)
    {
        using var writer = new DatasetWriter(_folder["set"], TestClips.Header());

        Assert.Contains(what, Assert.Throws<InputException>(() => writer.Add(change(TestClips.Draw(0, 5)))).Message);
    }

    [Fact]
    public void Add_TooLargeForHalfPrecision_IsRefused()
    {
        using var writer = new DatasetWriter(_folder["set"], TestClips.Header(coordinates: CoordinateType.Float16));
        var clip = TestClips.Draw(0, 5);
        clip.Positions[0] = -70_000;

        Assert.Contains("-70000", Assert.Throws<InputException>(() => writer.Add(clip)).Message);
    }

    [Fact]
    public void Commit_NoClips_SaysWhyTheFirstIsMissing()
    {
        using var writer = new DatasetWriter(_folder["set"], TestClips.Header());
        writer.AddDefect(new("S001", DefectKind.Broken, "line 3 is not a number"));

        var error = Assert.Throws<InputException>(() => writer.Commit());

        Assert.Contains("S001: line 3 is not a number", error.Message);
    }

    [Fact]
    public void AddSplit_ClipOnBothSides_IsRefused()
    {
        using var writer = new DatasetWriter(_folder["set"], TestClips.Header());
        writer.Add(TestClips.Draw(0, 5));

        Assert.Contains("twice", Assert.Throws<InputException>(() => writer.AddSplit("leak", [0], [0])).Message);
    }

    [Fact]
    public void Constructor_DatasetThere_IsReplacedOnlyOnRequest()
    {
        TestClips.Write(_folder["set"], [TestClips.Draw(0, 5)]);

        Assert.Throws<InputException>(() => TestClips.Write(_folder["set"], [TestClips.Draw(1, 5)]));
        TestClips.Write(_folder["set"], [TestClips.Draw(1, 5)], options: new() { Replace = true });

        using var dataset = SkeletonDataset.Open(_folder["set"]);
        Assert.Equal("clip-001", dataset.Name(0));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Constructor_OtherThingsThere_IsRefusedEvenOnRequest()
    {
        Directory.CreateDirectory(_folder["set"]);
        File.WriteAllText(Path.Combine(_folder["set"], "thesis.txt"), "");

        Assert.Throws<InputException>(() => TestClips.Write(_folder["set"], [TestClips.Draw(1, 5)], options: new() { Replace = true }));
        Assert.True(File.Exists(Path.Combine(_folder["set"], "thesis.txt")));
    }
}
