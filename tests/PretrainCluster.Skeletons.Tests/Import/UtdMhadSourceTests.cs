using PretrainCluster.Core;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Import;
using PretrainCluster.Skeletons.Tests.Formats.Mat;

namespace PretrainCluster.Skeletons.Tests.Import;

public sealed class UtdMhadSourceTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_FolderOfMatFiles_HasNamesSubjectsAndItsSplit()
    {
        Write("a1_s1_t1_skeleton", MatBytes.Skeleton(3, compressed: true));
        Write("a27_s2_t4_skeleton", MatBytes.Skeleton(1, compressed: false));
        Write("a1_s1_t1_inertial", [1, 2, 3]);

        using var source = Sources.Open(new SourceRequest { Paths = [Source], Preprocessing = "none" });
        var report = new DatasetImport(source, new ImportOptions()).Run(_folder["dataset"]);

        Assert.Equal("utd-mhad", report.Facts.Format);
        Assert.Empty(report.LeftOut);
        Assert.Equal(("xsub", 1L, 1L), report.Dataset.Splits.Select(split => (split.Name, split.Train, split.Test)).Single());
        using var dataset = SkeletonDataset.Open(_folder["dataset"]);
        var clip = dataset.Read(0);
        Assert.Equal(("a1_s1_t1", 0, 1, 3, 20), (clip.Name, clip.Label, clip.Subject, clip.Frames, clip.Joints));
        for (var i = 0; i < clip.Positions.Length; i++)
            Assert.Equal((i / 3 % 20) + (i % 3 / 10f) + (i / 60 / 100f), clip.Positions[i], 1e-5f);
        Assert.Equal(("a27_s2_t4", 26, 2, 1), (dataset.Name(1), dataset.Label(1), dataset.Subject(1), dataset.Frames(1)));
    }

    [Fact]
    public void Run_BadFilesAmongGoodOnes_ListsEachWithItsReason()
    {
        Write("a1_s1_t1_skeleton", MatBytes.Skeleton(3, compressed: true));
        Write("a28_s1_t1_skeleton", MatBytes.Skeleton(3, compressed: true));
        Write("a2_s1_t1_skeleton", MatBytes.Skeleton(3, compressed: true, joints: 25));
        Write("a3_s1_t1_skeleton", MatBytes.File(MatBytes.Matrix("d_skel", [20, 3, 5], new double[60])));
        Write("mine_skeleton", MatBytes.Skeleton(3, compressed: true));

        using var source = new UtdMhadSource([Source]);
        var left = source.Read().OfType<LeftOutSample>().ToDictionary(sample => sample.Name, sample => sample.Reason);

        Assert.Equal(4, left.Count);
        Assert.Contains("there is no action 28", left["a28_s1_t1_skeleton"]);
        Assert.Contains("d_skel is 25 x 3 x 3; expected 20 joints x 3 x frames", left["a2_s1_t1_skeleton"]);
        Assert.Contains("claims to be 20 x 3 x 5, which is 300 numbers; 60 follow", left["a3_s1_t1_skeleton"]);
        Assert.Contains("not of the form a1_s1_t1_skeleton", left["mine_skeleton"]);
    }

    [Fact]
    public void Open_AnotherLayout_IsRefused()
    {
        Write("a1_s1_t1_skeleton", MatBytes.Skeleton(3, compressed: true));

        Assert.Contains("are always utd-mhad", Assert.Throws<InputException>(() =>
            Sources.Open(new SourceRequest { Paths = [Source], Layout = PretrainCluster.Skeletons.Layouts.JointLayouts.KinectV1 })).Message);
    }

    string Source => Directory.CreateDirectory(_folder["Skeleton"]).FullName;

    void Write(string name, byte[] content) => File.WriteAllBytes(Path.Combine(Source, name + ".mat"), content);
}
