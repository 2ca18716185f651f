using System.IO.Compression;
using PretrainCluster.Core;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Import;
using PretrainCluster.Skeletons.Tests.Formats;
using PretrainCluster.Skeletons.Tests.Formats.Ntu;

namespace PretrainCluster.Skeletons.Tests.Import;

public sealed class DatasetImportTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string Source => Directory.CreateDirectory(_folder["source"]).FullName;

    string Target => _folder["dataset"];

    [Fact]
    public void Run_Ntu60_WritesBothSplits()
    {
        foreach (var name in new[] { "S001C001P001R001A001", "S001C002P001R001A060", "S017C003P003R002A002", "S002C001P003R002A002" })
            Skeleton(name);

        var report = Run(Ntu());

        Assert.Equal(4, report.Dataset.Clips);
        Assert.Equal(60, report.Dataset.Classes.Count);
        Assert.Equal("ctr-gcn", report.Dataset.Preprocessing);
        Assert.Equal([("xsub", 2L, 2L), ("xview", 2L, 2L)], report.Dataset.Splits.Where(split => !split.Name.EndsWith("distinct")).Select(split => (split.Name, split.Train, split.Test)));
        using var dataset = SkeletonDataset.Open(Target);
        Assert.Equal(("S001C002P001R001A060", 59, 1, 2, 1), (dataset.Name(1), dataset.Label(1), dataset.Subject(1), dataset.View(1), dataset.Setup(1)));
    }

    [Fact]
    public void Run_Ntu120_UsesItsSplitsAndItsPreprocessing()
    {
        Skeleton("S001C001P001R001A001");
        Skeleton("S018C001P045R001A061", 5);
        Skeleton("S032C002P106R002A120", 7);

        var dataset = Run(Ntu()).Dataset;

        Assert.Equal("ctr-gcn-120", dataset.Preprocessing);
        Assert.Equal(120, dataset.Classes.Count);
        Assert.Equal([("xsub", 2L, 1L), ("xset", 2L, 1L), ("xview", 0L, 1L)], dataset.Splits.Select(split => (split.Name, split.Train, split.Test)));
    }

    [Fact]
    public void Run_FolderAndZip_GiveTheSameClips()
    {
        Skeleton("S001C001P001R001A001");
        Skeleton("S001C002P002R001A002", 1);
        var zip = TestZip.Write(_folder["a.zip"], CompressionLevel.Optimal, [.. Directory.GetFiles(Source).Select(file => ("nturgb+d_skeletons/" + Path.GetFileName(file), File.ReadAllBytes(file)))]);

        var fromFolder = Run(Ntu());
        using var source = Sources.Open(new SourceRequest { Paths = [zip] });
        var fromZip = new DatasetImport(source, new ImportOptions()).Run(_folder["other"]);

        Assert.Equal(fromFolder.Dataset.Shards.Select(shard => shard.Sha256), fromZip.Dataset.Shards.Select(shard => shard.Sha256));
    }

    [Fact]
    public void Run_BadFilesAmongGoodOnes_ListsEachWithItsReason()
    {
        Skeleton("S001C001P001R001A001");
        Skeleton("S001C001P001R001A002", 1);
        Skeleton("S001C001P001R001A003");
        Write("S001C001P001R001A004", SkeletonText.Bytes(SkeletonText.Lines([], [])));
        Write("S001C001P001R001A005", SkeletonText.Bytes(SkeletonText.Lines([1]).Take(11).Append("0.1 0.2 3")));
        Write("S001C001P001R001A006", new byte[5000]);
        Write("notes", SkeletonText.Clip());

        var report = Run(Ntu(missing: ["S001C001P001R001A003"]));

        Assert.Equal(2, report.Dataset.Clips);
        Assert.Equal(
            [
                ("S001C001P001R001A003", DefectKind.Skipped, "missing"),
                ("S001C001P001R001A004", DefectKind.Skipped, "none of its 2 frames shows a body"),
                ("S001C001P001R001A005", DefectKind.Broken, "line 12: a joint has 12 fields"),
                ("S001C001P001R001A006", DefectKind.Broken, "line 1: holds NUL bytes"),
                ("notes", DefectKind.Broken, "not of the form S001C001P001R001A001"),
            ],
            report.LeftOut.Select(sample => (sample.Name, sample.Kind, Fragment(sample.Reason))));
        Assert.Equal(report.LeftOut.Select(sample => (sample.Name, sample.Reason)), report.Dataset.Defects.Select(defect => (defect.Sample, defect.Reason)));

        static string Fragment(string reason) => new[]
        {
            "missing", "none of its 2 frames shows a body", "line 12: a joint has 12 fields", "line 1: holds NUL bytes", "not of the form S001C001P001R001A001",
        }.First(reason.Contains);
    }

    [Fact]
    public void Run_NothingValid_IsAnErrorAndLeavesNothing()
    {
        Write("S001C001P001R001A001", SkeletonText.Clip()[..300]);

        Assert.Contains("not one clip was usable", Assert.Throws<InputException>(() => Run(Ntu())).Message);
        Assert.Equal(["source"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Run_Cancelled_LeavesNothing()
    {
        Skeleton("S001C001P001R001A001");
        using var source = Ntu();

        Assert.Throws<OperationCanceledException>(() => new DatasetImport(source, new ImportOptions()).Run(Target, cancellation: new CancellationToken(true)));
        Assert.False(Directory.Exists(Target));
    }

    [Fact]
    public void Run_DatasetAlreadyThere_IsKeptUnlessReplaced()
    {
        Skeleton("S001C001P001R001A001");
        Run(Ntu());
        var before = File.ReadAllText(Path.Combine(Target, DatasetDescription.FileName));
        Skeleton("S001C001P001R001A002", 4);

        Assert.Throws<InputException>(() => Run(Ntu()));
        Assert.Equal(before, File.ReadAllText(Path.Combine(Target, DatasetDescription.FileName)));
        Assert.Equal(2, Run(Ntu(), new ImportOptions { Replace = true }).Dataset.Clips);
    }

    [Fact]
    public void Run_UnknownSplit_SaysWhichThereAre()
    {
        Skeleton("S001C001P001R001A001");

        Assert.Contains("this source knows xsub, xview", Assert.Throws<InputException>(() => Run(Ntu(), new ImportOptions { Splits = ["xset"] })).Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_TestClipAlsoTrainedOn_IsNamedAndKeptOutOnRequest(bool exclude)
    {
        Sequence("a01_s01_e00_v01", 1);
        Sequence("a01_s01_e00_v02", 2);
        Sequence("a01_s01_e00_v03", 2);
        Sequence("a01_s02_e00_v03", 3);

        using var source = Sources.Open(new SourceRequest { Paths = [Source] });
        var report = Run(source, new ImportOptions { ExcludeDuplicates = exclude });

        Assert.Equal([new DuplicateClip("xview", "a01_s01_e00_v03", "a01_s01_e00_v02")], report.Duplicates);
        Assert.Equal(DefectKind.Duplicate, report.Dataset.Defects.Single().Kind);
        Assert.Equal(exclude ? [("xsub", 1L), ("xview", 1L)] : [("xsub", 1L), ("xview", 2L), ("xview-distinct", 1L)], report.Dataset.Splits.Select(split => (split.Name, split.Test)));
        using var dataset = SkeletonDataset.Open(Target);
        Assert.Equal(["a01_s02_e00_v03"], dataset.Split(exclude ? "xview" : "xview-distinct").Test.Select(dataset.Name));
    }

    [Fact]
    public void Run_OneFrame_IsKept()
    {
        Skeleton("S001C001P001R001A001", frames: 1);

        Assert.Equal(1, Run(Ntu()).Dataset.LongestClip);
    }

    [Fact]
    public void Open_OtherPreprocessingForJson_IsRefused()
    {
        Sequence("a01_s01_e00_v01", 1);

        Assert.Contains("is for .skeleton files", Assert.Throws<InputException>(() =>
            Sources.Open(new SourceRequest { Paths = [Source], Preprocessing = "agcn" })).Message);
    }

    [Fact]
    public void Detect_FolderOfOtherThings_SaysWhatIsExpected()
    {
        File.WriteAllText(Path.Combine(Source, "a.json"), "{}");

        Assert.Contains("is in no format that is known here. Known are ", Assert.Throws<InputException>(() => Sources.Detect(Source)).Message);
        Assert.Contains("no such file or folder", Assert.Throws<InputException>(() => Sources.Detect(_folder["nowhere"])).Message);
    }

    [ResearchDataFact("nw-ucla")]
    public void Run_NwUcla_FindsThePublishedCountsAndThe95Duplicates()
    {
        using var source = Sources.Open(new SourceRequest { Paths = [ResearchData.NwUcla] });
        var report = Run(source);

        Assert.Equal((1484L, 1, 201), (report.Dataset.Clips, report.Dataset.ShortestClip, report.Dataset.LongestClip));
        var splits = report.Dataset.Splits.ToDictionary(split => split.Name, split => (split.Train, split.Test));
        Assert.Equal((1020, 464), splits["xview"]);
        Assert.Equal((1020, 369), splits["xview-distinct"]);
        Assert.False(splits.ContainsKey("xsub-distinct"));
        var listed = File.ReadLines(Path.Combine(ResearchData.NwUcla, "duplicate_sequences_v3_vs_train.txt")).Where(line => line.StartsWith('a')).Select(line => line.Trim()).Order();
        Assert.Equal(listed, report.Duplicates.Select(duplicate => $"{duplicate.Train} {duplicate.Test}").Order());
    }

    NtuSource Ntu(string[]? missing = null) => new([Source], null, new HashSet<string>(missing ?? []));

    ImportReport Run(ISkeletonSource source, ImportOptions? options = null)
    {
        using (source)
            return new DatasetImport(source, options ?? new ImportOptions()).Run(Target);
    }

    /// <summary>The file's number tells its coordinates apart from the others'.</summary>
    void Skeleton(string name, int number = 0, int frames = 3) =>
        Write(name, SkeletonText.Bytes(SkeletonText.Lines([.. Enumerable.Range(0, frames).Select(_ => new[] { SkeletonText.LongId })])
            .Select(line => line.Replace("-0.05 ", $"-0.0{number} "))));

    void Write(string name, byte[] content) => File.WriteAllBytes(Path.Combine(Source, name + ".skeleton"), content);

    void Sequence(string name, int number) => File.WriteAllText(
        Path.Combine(Source, name + ".json"),
        $$"""{"file_name": "{{name}}", "skeletons": [[{{string.Join(", ", Enumerable.Range(0, 20).Select(joint => $"[{joint}, {joint * number}, 3]"))}}]], "label": 1}""");
}
