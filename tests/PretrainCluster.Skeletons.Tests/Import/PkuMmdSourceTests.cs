using System.IO.Compression;
using System.Text;
using PretrainCluster.Core;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Import;
using PretrainCluster.Skeletons.Tests.Formats;

namespace PretrainCluster.Skeletons.Tests.Import;

public sealed class PkuMmdSourceTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_PhaseTwo_CutsClipsAndHasBothSplits()
    {
        Sequence("A01N01-L", 10, "9,0,4,2\n51,6,10,1");
        Sequence("A01N02-M", 20, "3,5,6,1");
        List("cross_subject_v2", ["A01N01-L", "A01N01-M"], ["A01N02-M"]);
        List("cross_view_v2", ["A01N02-M"], ["A01N01-L"]);

        using var source = Sources.Open(new SourceRequest { Paths = [Source], Preprocessing = "none" });
        var report = new DatasetImport(source, new ImportOptions()).Run(_folder["dataset"]);

        Assert.Equal(("pku-mmd", 51, 2, 3L), (report.Facts.Format, report.Dataset.Classes.Count, report.Dataset.Persons, report.Facts.Samples));
        Assert.Empty(report.LeftOut);
        Assert.Equal([("xsub", 2L, 1L), ("xview", 1L, 2L)], report.Dataset.Splits.Select(split => (split.Name, split.Train, split.Test)));
        Assert.Equal(["split xsub: on its list, but not here: 1 of 3 sequences"], report.Facts.Notes);
        Assert.Equal(["setups"], report.Facts.Unknown);
        using var dataset = SkeletonDataset.Open(_folder["dataset"]);
        Assert.Equal(["A01N01-L_0", "A01N01-L_1", "A01N02-M_0"], Enumerable.Range(0, 3).Select(i => dataset.Name(i)));
        var clip = dataset.Read(1);
        Assert.Equal((50, 1, 1, 4), (clip.Label, clip.Subject, clip.View, clip.Frames));
        // Frames 6, 7, 8 and 9; each frame's coordinates begin with its number.
        Assert.Equal([6f, 7f, 8f, 9f], Enumerable.Range(0, 4).Select(frame => clip.Positions[frame * 150]));
        Assert.Equal((2, 2, 1), (dataset.Subject(2), dataset.View(2), dataset.Frames(2)));
    }

    [Fact]
    public void Run_FoldersAndZips_GiveTheSameClips()
    {
        Sequence("0002-L", 10, "9,0,4,2");
        Sequence("0003-R", 10, "10,0,4,2");
        List("cross-subject", ["0002-L"], ["0003-R"]);
        var zip = TestZip.Write(_folder["pku.zip"], CompressionLevel.Optimal, [.. Directory.GetFiles(Source, "*", SearchOption.AllDirectories).Select(file => (Path.GetRelativePath(Source, file), File.ReadAllBytes(file)))]);

        Directory.CreateDirectory(Path.Combine(Source, "split"));
        File.Move(Path.Combine(Source, "cross-subject.txt"), Path.Combine(Source, "split", "cross-subject.txt"));
        var folders = Import(Path.Combine(Source, "skeleton"), Path.Combine(Source, "label"), Path.Combine(Source, "split"));
        var fromZip = Import(zip);

        Assert.Equal(["subjects", "setups"], folders.Facts.Unknown);
        Assert.Equal(["skeleton", "label", "split"], folders.Dataset.Sources.Select(source => source.Name));
        Assert.Equal(fromZip.Dataset.Shards.Select(shard => shard.Sha256), folders.Dataset.Shards.Select(shard => shard.Sha256));
        Assert.Equal(["xsub"], fromZip.Dataset.Splits.Select(split => split.Name));

        ImportReport Import(params string[] paths)
        {
            using var source = new PkuMmdSource(paths);
            return new DatasetImport(source, new ImportOptions { Replace = true }).Run(_folder["dataset"]);
        }
    }

    [Fact]
    public void Read_BadLabelsAndFiles_AreListedWithFileAndLine()
    {
        Sequence("0002-L", 10, "1,0,4,2\n52,0,4,2\n0,0,4,2\n3,4,4,2\n3,-1,4,2\n3,6,11,2\n3,9,10,1");
        Sequence("0003-L", 10, "1,0,4");
        Sequence("0004-L", 10, null);
        Write("label", "0005-L", "1,0,4,2\n");
        Sequence("0006-L", 10, "1,0,4,2");
        Write("skeleton", "0006-L", "1 2 3\n");
        Sequence("0007-L", 3, "1,0,3,1", absent: true);

        using var source = new PkuMmdSource([Source]);
        var samples = source.Read().ToList();

        Assert.Equal(["0002-L_0", "0002-L_6"], samples.OfType<ReadSample>().Select(sample => sample.Name));
        var left = samples.OfType<LeftOutSample>().ToDictionary(sample => sample.Name);
        Assert.Equal(
            [
                ("0002-L_1", DefectKind.Broken, "0002-L.txt, line 2: label 52; labels are 1 to 51."),
                ("0002-L_2", DefectKind.Broken, "0002-L.txt, line 3: label 0; labels are 1 to 51."),
                ("0002-L_3", DefectKind.Broken, "0002-L.txt, line 4: frames 4 up to 4 are no part of a sequence of 10 frames."),
                ("0002-L_4", DefectKind.Broken, "0002-L.txt, line 5: frames -1 up to 4 are no part of a sequence of 10 frames."),
                ("0002-L_5", DefectKind.Broken, "0002-L.txt, line 6: frames 6 up to 11 are no part of a sequence of 10 frames."),
                ("0003-L", DefectKind.Broken, "0003-L.txt, line 1: expected label,start,end,confidence, which is 4 numbers; this line has 3."),
                ("0004-L", DefectKind.Skipped, "0004-L.txt: there are no labels to this sequence."),
                ("0005-L", DefectKind.Skipped, "0005-L.txt: there is no sequence to these labels."),
                ("0006-L", DefectKind.Broken, "0006-L.txt, line 1: a frame has 150 numbers, 2 persons x 25 joints x 3; this line has 3."),
                ("0007-L_0", DefectKind.Skipped, "0007-L.txt, line 1: all zeros."),
            ],
            left.Values.OrderBy(sample => sample.Name, StringComparer.Ordinal).Select(sample => (sample.Name, sample.Kind, Path.GetFileName(sample.Reason))));
        Assert.Equal(samples.Count, source.Facts.Samples);
        Assert.Contains("so there is no split", source.Facts.Notes.Single());
    }

    [Fact]
    public void Open_ListsThatDoNotFit_AreRefused()
    {
        Sequence("0002-L", 10, "1,0,4,2");
        List("cross-subject-v1", ["A01N01-L"], ["A01N02-L"]);
        Assert.Contains("the other phase of PKU-MMD than those here; put the list of phase I in its place", Refusal());

        List("cross-subject", ["0002-L"], ["0003-L"]);
        using (var source = new PkuMmdSource([Source]))
            Assert.Equal("the list cross-subject.txt", source.Splits.Single().Description);

        List("cross-view", ["0004-M"], ["0003-L"]);
        using (var source = new PkuMmdSource([Source]))
            Assert.Contains("split xview: not on its list, so on neither side: 1 of 1 sequences", source.Facts.Notes);

        List("my_cross_subject", ["0003-L"], ["0002-L"]);
        Assert.Contains("divide the sequences differently; leave one", Refusal());

        Write("", "my_cross_subject", "Training videos:\n0002-L, what\n");
        Assert.Contains("my_cross_subject.txt, line 2: 'what' is no sequence", Refusal());
    }

    [Fact]
    public void Open_OtherFolders_SayWhatIsExpected()
    {
        Sequence("0002-L", 10, null);
        Assert.Contains("holds no sequence of PKU-MMD", Refusal());
        Sequence("0002-L", 10, "1,0,4,2");
        Sequence("A01N01-L", 10, "1,0,4,2");
        Assert.Contains("both phases", Refusal());
        Write("label2", "0002-L", "1,0,4,2\n");
        Assert.Contains("has labels of the same sequence", Refusal());
    }

    string Source => Directory.CreateDirectory(_folder["pku"]).FullName;

    void Sequence(string name, int frames, string? labels, bool absent = false)
    {
        var text = new StringBuilder();
        for (var frame = 0; frame < frames; frame++)
            text.AppendJoin(' ', Enumerable.Range(0, 150).Select(i => absent || i >= 75 ? "0.000000" : $"{frame + (i / 100.0):0.000000}")).Append("\n ");
        Write("skeleton", name, text.ToString());
        if (labels is not null)
            Write("label", name, labels);
    }

    void List(string name, string[] train, string[] test) =>
        Write("", name, $"Training videos: \n{string.Join(", ", train)}, \nValidataion videos: \n{string.Join(", ", test)}, \n");

    void Write(string folder, string name, string text) =>
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(Source, folder)).FullName, name + ".txt"), text);

    string Refusal() => Assert.Throws<InputException>(() => new PkuMmdSource([Source]).Dispose()).Message;
}
