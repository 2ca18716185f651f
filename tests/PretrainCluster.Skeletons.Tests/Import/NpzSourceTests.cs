using System.IO.Compression;
using PretrainCluster.Core;
using PretrainCluster.Skeletons.Import;
using PretrainCluster.Skeletons.Layouts;
using PretrainCluster.Skeletons.Tests.Formats;
using PretrainCluster.Skeletons.Tests.Formats.Npz;

namespace PretrainCluster.Skeletons.Tests.Import;

public sealed class NpzSourceTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void Read_StoredOrDeflated_GivesClipsCutAtTheirLastFrame(CompressionLevel level)
    {
        using var source = new NpzSource(NpyText.Npz(_folder["NTU60_XSub.npz"], level: level), JointLayouts.KinectV1, null);

        var clips = Clips(source);

        Assert.Equal(["train-00000", "train-00001", "train-00002", "test-00000", "test-00001"], clips.Select(clip => clip.Name));
        Assert.Equal([0, 1, 0, 0, 1], clips.Select(clip => clip.Label));
        Assert.All(clips, clip => Assert.Equal((3, 1, 20, -1, -1), (clip.Frames, clip.Persons, clip.Joints, clip.Subject, clip.View)));
        Assert.Equal([2, 2.001f], clips[1].Positions[..2]);
        Assert.Equal(102.179f, clips[4].Positions[179]);
        Assert.Equal(["train", "train", "train", "test", "test"], clips.Select(clip => $"{source.Splits[0].Side(Facts(clip))}".ToLowerInvariant()));
        Assert.Equal(["sample names", "subjects", "views", "setups"], source.Facts.Unknown);
    }

    [Fact]
    public void Read_TwoPersons_KeepsThemApart()
    {
        using var source = new NpzSource(NpyText.Npz(_folder["a.npz"], width: 150), null, null);

        var clip = Clips(source)[0];

        Assert.Equal((2, 25, "kinect-v2"), (clip.Persons, clip.Joints, source.Facts.Layout.Name));
        Assert.Equal(1 + (75 / 1000f), clip.Positions[75]);
    }

    [Fact]
    public void Read_OneFrameAndNoFrame_KeepsTheOneAndListsTheOther()
    {
        var path = NpyText.Npz(_folder["a.npz"], change: (name, content) => name == "x_test.npy"
            ? NpyText.Array("<f4", [2, 4, 60], [.. Enumerable.Range(0, 480).Select(i => i == 5 ? 1f : 0f)])
            : content);
        using var source = new NpzSource(path, JointLayouts.KinectV1, null);

        var samples = source.Read().ToList();

        Assert.Equal(1, Assert.IsType<ReadSample>(samples[3]).Clip.Frames);
        Assert.Contains("x_test[1]: all zeros", Assert.IsType<LeftOutSample>(samples[4]).Reason);
    }

    [Fact]
    public void Read_NaN_ListsTheClip()
    {
        var path = NpyText.Npz(_folder["a.npz"], change: (name, content) => name == "x_train.npy"
            ? NpyText.Array("<f4", [3, 4, 60], [.. Enumerable.Range(0, 720).Select(i => i == 300 ? float.NaN : 1f)])
            : content);
        using var source = new NpzSource(path, JointLayouts.KinectV1, null);

        Assert.Contains("x_train[1]: frame 1 has a coordinate that is not finite", source.Read().OfType<LeftOutSample>().Single().Reason);
    }

    [Fact]
    public void Read_LabelsAsNumbersOfAnyType_AreUnderstood()
    {
        var path = NpyText.Npz(_folder["a.npz"], change: (name, content) => name switch
        {
            "y_train.npy" => NpyText.Array("<i8", [3], 4L, 0L, 2L),
            "y_test.npy" => NpyText.Array("|u1", [2], (byte)3, (byte)1),
            _ => content,
        });
        using var source = new NpzSource(path, JointLayouts.KinectV1, null);

        Assert.Equal([4, 0, 2, 3, 1], Clips(source).Select(clip => clip.Label));
        Assert.Equal(5, source.Facts.Classes.Count);
    }

    [Fact]
    public void Read_DoublePrecision_IsNarrowed()
    {
        var path = NpyText.Npz(_folder["a.npz"], change: (name, content) => name == "x_test.npy" ? NpyText.Array("<f8", [2, 4, 60], [.. Enumerable.Repeat(0.1, 480)]) : content);
        using var source = new NpzSource(path, JointLayouts.KinectV1, null);

        Assert.Equal(0.1f, Clips(source)[^1].Positions[0]);
    }

    [Theory]
    [InlineData("NTU60_CS.npz", "xsub")]
    [InlineData("NTU60_CV.npz", "xview")]
    [InlineData("NTU120_CSub.npz", "xsub")]
    [InlineData("NTU120_CSet.npz", "xset")]
    [InlineData("NTU120_CV.npz", "xset")]
    [InlineData("NTU120_XSet.npz", "xset")]
    [InlineData("PKUv2_XSub.npz", "xsub")]
    [InlineData("UTD_XSub.npz", "xsub")]
    [InlineData("mine.npz", "file")]
    public void NameOfSplit_PublishedNames_SayWhichSplit(string file, string split) => Assert.Equal(split, NpzSource.NameOfSplit(file));

    [Theory]
    [InlineData("x_train.npy", "<f4", new[] { 720 }, "expected [clips, frames, persons x joints x 3]")]
    [InlineData("x_train.npy", "<i4", new[] { 3, 4, 60 }, "expected float32")]
    [InlineData("y_train.npy", "<f4", new[] { 2, 360 }, "each of the 3 clips")]
    [InlineData("y_train.npy", "<f4", new[] { 3, 240 }, "is not one-hot")]
    [InlineData("x_train.npy", "<f4", new[] { 3, 1, 240 }, "do not belong together")]
    public void Open_ArraysThatDoNotFit_AreRefused(string array, string type, int[] shape, string reason)
    {
        var path = NpyText.Npz(_folder["a.npz"], change: (name, content) => name == array ? NpyText.Array(type, shape, [.. Enumerable.Repeat(1f, 720)]) : content);

        Assert.Contains(reason, Assert.Throws<InputException>(() => Read(path)).Message);
    }

    [Fact]
    public void Open_ShapeOfNoElements_IsRefused()
    {
        var path = NpyText.Npz(_folder["a.npz"], change: (name, content) =>
            name == "x_train.npy" ? NpyText.Array("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 0, 60), }", []) : content);

        Assert.Contains("which no set of clips has", Assert.Throws<InputException>(() => Read(path)).Message);
    }

    [Fact]
    public void Open_Ambiguous60Values_AsksForTheLayout() =>
        Assert.Contains("could be kinect-v1 or utd-mhad; say --layout", Assert.Throws<InputException>(() => new NpzSource(NpyText.Npz(_folder["a.npz"]), null, null)).Message);

    [Fact]
    public void Open_WidthOfAnotherLayout_IsRefused() =>
        Assert.Contains("not one or two persons of 25 joints", Assert.Throws<InputException>(() => new NpzSource(NpyText.Npz(_folder["a.npz"]), JointLayouts.KinectV2, null)).Message);

    [Fact]
    public void Open_NoXTrainOrXTest_SaysWhatThereIs()
    {
        var path = TestZip.Write(_folder["a.npz"], CompressionLevel.NoCompression, ("data.npy", NpyText.Array("<f4", [1], 1f)));

        Assert.Contains("it has data", Assert.Throws<InputException>(() => Read(path)).Message);
    }

    [Fact]
    public void Read_DataWithAFlippedBit_IsRefusedAsAWhole()
    {
        var path = NpyText.Npz(_folder["a.npz"]);
        TestZip.Flip(path, 1000);

        Assert.Contains("checksum does not match", Assert.Throws<InputException>(() => Read(path)).Message);
    }

    [Fact]
    public void Read_DamagedFiles_AreReadOrRefusedAndNothingElse()
    {
        var original = File.ReadAllBytes(NpyText.Npz(_folder["a.npz"], train: 1, test: 1));
        var random = new Random(5);
        for (var round = 0; round < 600; round++)
        {
            var bytes = round % 3 == 0 ? original[..random.Next(original.Length)] : (byte[])original.Clone();
            // Past the coordinates, which are most of the file and only make a checksum fail.
            for (var flips = random.Next(1, 8); flips > 0 && bytes.Length > 0; flips--)
                bytes[random.Next(2) == 0 ? random.Next(Math.Min(200, bytes.Length)) : random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(_folder["b.npz"], bytes);
            try
            {
                Read(_folder["b.npz"]);
            }
            catch (InputException problem)
            {
                Assert.StartsWith(_folder["b.npz"], problem.Message);
            }
        }
    }

    [ResearchDataFact("utd-mhad/UTD_XSub.npz")]
    public void Read_UtdMhad_HasThePublishedCountsAndItsSubjects()
    {
        using var source = new NpzSource(ResearchData.UtdMhad, JointLayouts.UtdMhad, null);

        var clips = Clips(source);

        Assert.Equal((431, 430), (clips.Count(clip => clip.Subject % 2 == 1), clips.Count(clip => clip.Subject % 2 == 0)));
        Assert.Equal(27, clips.Select(clip => clip.Label).Distinct().Count());
        Assert.Equal("xsub", source.Splits.Single().Name);
        Assert.Equal((41, 125), (clips.Min(clip => clip.Frames), clips.Max(clip => clip.Frames)));
        Assert.Equal("a10_s1_t1", clips[0].Name);
        Assert.DoesNotContain(clips, clip => clip.Name is "a8_s1_t4" or "a23_s6_t4" or "a27_s8_t4");
    }

    /// <summary>Bones are as long as their owner's: among clips of other classes, the one with the most similar bones is mostly by the same subject.</summary>
    [ResearchDataFact("utd-mhad/UTD_XSub.npz")]
    public void Read_UtdMhad_SubjectsAgreeWithBoneLengths()
    {
        using var source = new NpzSource(ResearchData.UtdMhad, JointLayouts.UtdMhad, null);
        var clips = Clips(source).Where(clip => clip.Subject % 2 == 0).Select(clip => (clip.Subject, clip.Label, Bones: BoneLengths(clip))).ToList();

        var right = clips.Count(clip => clip.Subject == clips.Where(other => other.Label != clip.Label).MinBy(other => Distance(other.Bones, clip.Bones)).Subject);

        Assert.InRange(right / (double)clips.Count, 0.9, 1);
    }

    static double[] BoneLengths(Clip clip) => [.. JointLayouts.UtdMhad.Bones.Select(bone =>
    {
        var lengths = Enumerable.Range(0, clip.Frames).Select(frame => Math.Sqrt(Enumerable.Range(0, 3).Sum(axis =>
            Math.Pow(clip.Positions[(((frame * 20) + bone.Child) * 3) + axis] - clip.Positions[(((frame * 20) + bone.Parent) * 3) + axis], 2)))).Order().ToList();
        return lengths[lengths.Count / 2];
    })];

    static double Distance(double[] left, double[] right) => left.Zip(right, (a, b) => Math.Abs(a - b)).Sum();

    static List<Clip> Clips(NpzSource source) => [.. source.Read().OfType<ReadSample>().Select(sample => sample.Clip)];

    static ClipFacts Facts(Clip clip) => new(clip.Name, clip.Label, clip.Subject, clip.View, clip.Setup);

    static void Read(string path)
    {
        using var source = new NpzSource(path, JointLayouts.KinectV1, null);
        foreach (var sample in source.Read())
            Assert.NotNull(sample);
    }
}
