using PretrainCluster.Core;
using PretrainCluster.Skeletons.Import;
using PretrainCluster.Skeletons.Tests.Formats.Pickle;

namespace PretrainCluster.Skeletons.Tests.Import;

public sealed class PysklSourceTests : IDisposable
{
    const string First = "S001C001P001R001A001", Second = "S001C002P003R001A060";

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_NtuInSpace_HasNumbersFromTheNamesAndTheFilesSplits()
    {
        var path = Write(
            [("xsub_train", [First]), ("xsub_val", [Second]), ("xview_train", [Second]), ("xview_val", [First, "gone"]), ("all", [First])],
            Space(First, 0, persons: 1), Space(Second, 59, persons: 2));

        using var source = Sources.Open(new SourceRequest { Paths = [path], Preprocessing = "none" });
        var report = new DatasetImport(source, new ImportOptions()).Run(_folder["dataset"]);

        Assert.Equal(("pyskl", "kinect-v2", 2, 60, "none"), (report.Facts.Format, report.Dataset.Layout.Name, report.Dataset.Persons, report.Dataset.Classes.Count, report.Dataset.Preprocessing));
        Assert.Equal(["splits xview_train and xview_val name 1 clips that have no annotation", "split all has no other side and is left out"], report.Facts.Notes);
        Assert.Equal([("xsub", 1L, 1L), ("xview", 1L, 1L)], report.Dataset.Splits.Select(split => (split.Name, split.Train, split.Test)));
        using var dataset = PretrainCluster.Skeletons.Datasets.SkeletonDataset.Open(_folder["dataset"]);
        var clip = dataset.Read(1);
        Assert.Equal((Second, 59, 3, 2, 1, 2), (clip.Name, clip.Label, clip.Subject, clip.View, clip.Setup, clip.Frames));
        // [frames, persons, joints, 3] out of [persons, frames, joints, 3].
        Assert.Equal(Value(person: 1, frame: 0, joint: 4, axis: 2), clip.Positions[(((0 * 2) + 1) * 75) + 14]);
        Assert.Equal(Value(person: 0, frame: 1, joint: 24, axis: 0), clip.Positions[(((1 * 2) + 0) * 75) + 72]);
    }

    [Fact]
    public void Read_Plane_ScalesByTheImageAndKeepsTheScore()
    {
        using var source = Sources.Open(new SourceRequest { Paths = [Write([("train1", ["a"]), ("test1", ["b"])], Plane("a", 0, persons: 3), Plane("b", 1))] });

        var clip = source.Read().OfType<ReadSample>().First().Clip;

        Assert.Equal(("coco-17", 2, "image", true), (source.Facts.Layout.Name, source.Facts.Persons, source.Facts.Preprocessing, source.Facts.Planar));
        Assert.Equal(["1 clips have more than 2 persons; the first 2 are kept, as pyskl's FormatGCNInput does"], source.Facts.Notes);
        Assert.Equal(["split1"], source.Splits.Select(split => split.Name));
        Assert.Equal(["class 1", "class 2"], source.Facts.Classes);
        // x = 10 * joint of 320, y = 5 * joint of 240; the score of joint 0 is too low.
        Assert.Equal([0, 0, 0], clip.Positions[..3]);
        Assert.Equal([(70 - 160) / 160f, (35 - 120) / 120f, 0.5f], clip.Positions[21..24]);
        Assert.Equal(2 * 2 * 17 * 3, clip.Positions.Length);
    }

    [Theory]
    [InlineData("first-root", "coordinates in space")]
    [InlineData("agcn", "is for .skeleton files")]
    public void Open_PlaneWithAnotherPreprocessing_IsRefused(string family, string reason) =>
        Assert.Contains(reason, Assert.Throws<InputException>(() =>
            Sources.Open(new SourceRequest { Paths = [Write([("train", ["a"]), ("val", [])], Plane("a", 0))], Preprocessing = family })).Message);

    [Fact]
    public void Read_PlaneAsPixels_LeavesThem()
    {
        using var source = Sources.Open(new SourceRequest { Paths = [Write([("train", ["a"]), ("val", [])], Plane("a", 0))], Preprocessing = "none", Split = "gym" });

        Assert.Equal([70, 35, 0.5f], source.Read().OfType<ReadSample>().Single().Clip.Positions[21..24]);
        Assert.Equal(("none", "gym"), (source.Facts.Preprocessing, source.Splits.Single().Name));
    }

    [Fact]
    public void Read_AnnotationsThatContradictThemselves_AreListed()
    {
        var keypoint = TestPickle.Array("f4", [1, 2, 17, 2], new float[68]);
        using var source = new PysklSource(
            Write(
                [("train", ["a"]), ("val", [])], Plane("a", 0), Plane("a", 0),
                Annotation("zeros", 0, keypoint, ("img_shape", TestPickle.Tuple(TestPickle.Number(2), TestPickle.Number(2))), ("keypoint_score", TestPickle.Array("f4", [1, 2, 17], new float[34]))),
                Annotation("short", 0, keypoint, ("total_frames", TestPickle.Number(9))),
                Annotation("bare", 0, keypoint)),
            null, null);

        Assert.Equal(
            ["a: the name occurred before; the first was taken.", "zeros: all zeros.", "short: total_frames is 9, keypoint has 2.", "bare: has 2D keypoints and no img_shape of (height, width); --preprocess none takes pixels."],
            source.Read().OfType<LeftOutSample>().Select(sample => sample.Name + sample.Reason[(sample.Reason.IndexOf(')') + 1)..]));
    }

    [Fact]
    public void Open_LabelOutsideTheClasses_IsRefused()
    {
        Assert.Contains("has label 60; the labels of its 60 classes are 0 to 59", Refusal(Write([], Space(First, 60, 1))));
        Assert.Contains("has no label from 0", Refusal(Write([], Space(First, -1, 1))));
        Assert.Contains("has no label from 0", Refusal(Write([], Space("a", 100_000, 1))));
    }

    [Fact]
    public void Open_OtherPickles_SayWhatIsExpected()
    {
        Assert.Contains("no dict with 'split' and 'annotations'", Refusal(Pickle(TestPickle.List())));
        Assert.Contains("annotation 1 (b): has 17 joints of 2 coordinates where a has 25 of 3", Refusal(Write([], Space("a", 0, 1), Plane("b", 0))));
        Assert.Contains("keypoint has shape (2, 3); expected [persons, frames, joints, 2 or 3]", Refusal(Write([], Annotation("a", 0, TestPickle.Array("f4", [2, 3], new float[6])))));
        Assert.Contains("keypoint_score has shape (1)", Refusal(Write([], Annotation("a", 0, TestPickle.Array("f4", [1, 1, 17, 2], new float[34]), ("keypoint_score", TestPickle.Array("f4", [1], 1f))))));
        Assert.Contains("both have a;", Refusal(Write([("x_train", ["a"]), ("x_val", ["a"])], Plane("a", 0))));
        Assert.Contains("5 joints fit no built-in joint layout; say --layout", Refusal(Write([], Annotation("a", 0, TestPickle.Array("f4", [1, 1, 5, 3], new float[15])))));
        Assert.Contains("only a raw_file", Refusal(Pickle(TestPickle.Dictionary(
            ("split", TestPickle.Dictionary()),
            ("annotations", TestPickle.List(TestPickle.Dictionary(("frame_dir", TestPickle.Text("a")), ("label", TestPickle.Number(0)), ("raw_file", TestPickle.Text("k.pkl")))))))));
    }

    static float Value(int person, int frame, int joint, int axis) => (((((person * 2) + frame) * 25) + joint) * 3) + axis + 1;

    static byte[] Space(string name, int label, int persons) =>
        Annotation(name, label, TestPickle.Array("f2", [persons, 2, 25, 3], [.. Enumerable.Range(1, persons * 150).Select(i => (Half)i)]), ("total_frames", TestPickle.Number(2)));

    static byte[] Plane(string name, int label, int persons = 1) => Annotation(
        name, label, TestPickle.Array("f4", [persons, 2, 17, 2], [.. Enumerable.Range(0, persons * 68).Select(i => (float)(i / 2 % 17 * (i % 2 == 0 ? 10 : 5)))]),
        ("img_shape", TestPickle.Tuple(TestPickle.Number(240), TestPickle.Number(320))),
        ("keypoint_score", TestPickle.Array("f4", [persons, 2, 17], [.. Enumerable.Range(0, persons * 34).Select(i => i % 17 == 0 ? 0f : 0.5f)])));

    static byte[] Annotation(string name, int label, byte[] keypoint, params (string, byte[])[] more) =>
        TestPickle.Dictionary([("frame_dir", TestPickle.Text(name)), ("label", TestPickle.Number(label)), ("keypoint", keypoint), .. more]);

    string Write((string Name, string[] Clips)[] splits, params byte[][] annotations) => Pickle(TestPickle.Dictionary(
        ("split", TestPickle.Dictionary([.. splits.Select(split => (split.Name, TestPickle.List([.. split.Clips.Select(TestPickle.Text)])))])),
        ("annotations", TestPickle.List(annotations))));

    string Pickle(byte[] value)
    {
        File.WriteAllBytes(_folder["a.pkl"], TestPickle.File(value));
        return _folder["a.pkl"];
    }

    static string Refusal(string path) => Assert.Throws<InputException>(() => new PysklSource(path, null, null).Dispose()).Message;
}
