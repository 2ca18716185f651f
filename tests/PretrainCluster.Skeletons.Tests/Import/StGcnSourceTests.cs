using PretrainCluster.Core;
using PretrainCluster.Skeletons.Import;
using PretrainCluster.Skeletons.Tests.Formats.Npz;
using PretrainCluster.Skeletons.Tests.Formats.Pickle;

namespace PretrainCluster.Skeletons.Tests.Import;

public sealed class StGcnSourceTests : IDisposable
{
    const int Frames = 4;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_NtuFolder_CutsClipsAndHasItsSplit()
    {
        Write("train", ["S001C001P001R001A001.skeleton", "S001C002P002R001A007.skeleton"], [0, 6]);
        Write("val", ["S002C003P003R002A060.skeleton"], [59]);

        using var source = Sources.Open(new SourceRequest { Paths = [Source], Preprocessing = "none" });
        var report = new DatasetImport(source, new ImportOptions()).Run(_folder["dataset"]);

        Assert.Equal(("st-gcn", "kinect-v2", 2, 60, 3L), (report.Facts.Format, report.Dataset.Layout.Name, report.Dataset.Persons, report.Dataset.Classes.Count, report.Dataset.Clips));
        Assert.Equal(("xsub", 2L, 1L), report.Dataset.Splits.Select(split => (split.Name, split.Train, split.Test)).First());
        Assert.Equal("xsub", report.Dataset.Sources.Single().Name);
        using var dataset = PretrainCluster.Skeletons.Datasets.SkeletonDataset.Open(_folder["dataset"]);
        var clip = dataset.Read(1);
        // The last frame is all zeros.
        Assert.Equal(("S001C002P002R001A007", 6, 2, 2, 1, Frames - 1), (clip.Name, clip.Label, clip.Subject, clip.View, clip.Setup, clip.Frames));
        foreach (var (frame, person, joint, axis) in new[] { (0, 0, 0, 0), (2, 1, 24, 2), (1, 0, 7, 1) })
            Assert.Equal(Value(1, axis, frame, joint, person), clip.Positions[(((((frame * 2) + person) * 25) + joint) * 3) + axis]);
    }

    [Fact]
    public void Read_NumFrame_DecidesWhereClipsEnd()
    {
        Write("train", ["a", "b", "c"], [0, 1, 1]);
        File.WriteAllBytes(Path.Combine(Source, "train_num_frame.npy"), NpyText.Array("<i8", [3], 2L, 0L, 4L));

        using var source = new StGcnSource(Source, null, "mine");
        var samples = source.Read().ToList();

        Assert.Equal(2, Assert.IsType<ReadSample>(samples[0]).Clip.Frames);
        Assert.Contains("(b): all zeros", Assert.IsType<LeftOutSample>(samples[1]).Reason);
        Assert.Equal(4, Assert.IsType<ReadSample>(samples[2]).Clip.Frames);
        Assert.Equal(["class 1", "class 2"], source.Facts.Classes);
        Assert.Equal("mine", source.Splits.Single().Name);
    }

    [Fact]
    public void Open_KineticsSkeleton_IsInAnImage()
    {
        Write("train", ["a"], [0], joints: 18);

        using var source = Sources.Open(new SourceRequest { Paths = [Source] });

        Assert.Equal(("openpose-18", true, "as in the file"), (source.Facts.Layout.Name, source.Facts.Planar, source.Facts.Preprocessing));
        Assert.Contains("--preprocess first-root", Assert.Throws<InputException>(() => Sources.Open(new SourceRequest { Paths = [Source], Preprocessing = "first-root" })).Message);
    }

    [Fact]
    public void Open_LabelsThatDoNotFit_AreRefused()
    {
        Write("train", ["S001C001P001R001A001"], [60]);
        Assert.Contains("train_label.pkl: S001C001P001R001A001 has label 60; the labels of its 60 classes are 0 to 59", Refusal());
        Write("train", ["a"], [-1]);
        Assert.Contains("a has no label from 0", Refusal());
        Write("train", ["a", "b"], [0]);
        Assert.Contains("has 2 names and 1 labels", Refusal());
        Labels("train", TestPickle.Tuple(TestPickle.List(TestPickle.Text("a")), TestPickle.Call(TestPickle.Global("os", "system"), TestPickle.Text("true"))));
        Assert.Contains("wants to call os.system", Refusal());
        Labels("train", TestPickle.List(TestPickle.Text("a")));
        Assert.Contains("no pair of names and labels", Refusal());
        Labels("train", TestPickle.Tuple(TestPickle.List(TestPickle.Text("a"), TestPickle.Text("b")), TestPickle.Array("i8", [2], 0L, 3L)));
        using var source = new StGcnSource(Source, null, null);
        Assert.Equal([0, 3], source.Read().OfType<ReadSample>().Select(sample => sample.Clip.Label));
    }

    [Fact]
    public void Open_FilesThatDoNotBelongTogether_AreRefused()
    {
        Write("train", ["a"], [0]);
        Write("val", ["a"], [0]);
        Assert.Contains("a occurs 2 times", Refusal());
        Write("val", ["b"], [0], joints: 18);
        Assert.Contains("train and val differ in joints", Refusal());
        Write("val", ["b"], [0], joints: 20);
        File.Delete(Path.Combine(Source, "train_label.pkl"));
        Assert.Contains("20 joints could be kinect-v1 or utd-mhad; say --layout", Refusal());
        Labels("val", TestPickle.Tuple(TestPickle.List(TestPickle.Text("b"), TestPickle.Text("c")), TestPickle.List(TestPickle.Number(0), TestPickle.Number(0))));
        Assert.Contains("has 1 clips where val_label.pkl names 2", Refusal());
        File.Delete(Path.Combine(Source, "val_data_joint.npy"));
        Assert.Contains("beside it is no val_data_joint.npy, no val_data.npy, no val_position.npy", Refusal());
        Assert.Contains("name the folder", Assert.Throws<InputException>(() => Sources.Detect(Path.Combine(Source, "val_label.pkl"))).Message);
    }

    [Theory]
    [InlineData("<i4", new[] { 1, 3, 4, 25, 2 }, "expected float32")]
    [InlineData("<f4", new[] { 1, 2, 6, 25, 2 }, "expected [clips, 3, frames, joints, persons]")]
    [InlineData("<f4", new[] { 1, 3, 1, 25, 8 }, "which no set of clips of one or two persons has")]
    [InlineData("<f4", new[] { 1, 3, 2_000_000_000, 25, 2 }, "does not fit")]
    public void Open_HeaderThatLies_IsRefused(string type, int[] shape, string reason)
    {
        Write("train", ["a"], [0]);
        File.WriteAllBytes(Path.Combine(Source, "train_data_joint.npy"), NpyText.Array(type, shape, new float[600]));

        Assert.Contains(reason, Refusal());
    }

    [Theory]
    [InlineData(9L)]
    [InlineData(-1L)]
    public void Open_NumFrameBeyondTheArray_IsRefused(long frames)
    {
        Write("train", ["a"], [0]);
        File.WriteAllBytes(Path.Combine(Source, "train_num_frame.npy"), NpyText.Array("<i8", [1], frames));

        Assert.Contains($"train_num_frame.npy[0]: {frames} is no number of frames from 0 to 4", Refusal());
    }

    string Source => Directory.CreateDirectory(_folder["xsub"]).FullName;

    static float Value(int clip, int axis, int frame, int joint, int person) =>
        frame == Frames - 1 ? 0 : (clip * 1000) + (axis * 300) + (frame * 80) + (joint * 3) + person + 1;

    /// <summary>Coordinates that tell where they stand; the last frame is empty.</summary>
    void Write(string side, string[] names, int[] labels, int joints = 25)
    {
        Labels(side, TestPickle.Tuple(TestPickle.List([.. names.Select(TestPickle.Text)]), TestPickle.List([.. labels.Select(TestPickle.Number)])));
        var values = from clip in Enumerable.Range(0, names.Length)
                     from axis in Enumerable.Range(0, 3)
                     from frame in Enumerable.Range(0, Frames)
                     from joint in Enumerable.Range(0, joints)
                     from person in Enumerable.Range(0, 2)
                     select Value(clip, axis, frame, joint, person);
        File.WriteAllBytes(Path.Combine(Source, side + "_data_joint.npy"), NpyText.Array("<f4", [names.Length, 3, Frames, joints, 2], [.. values]));
    }

    void Labels(string side, byte[] value) => File.WriteAllBytes(Path.Combine(Source, side + "_label.pkl"), TestPickle.File(value));

    string Refusal() => Assert.Throws<InputException>(() => new StGcnSource(Source, null, null)).Message;
}
