using PretrainCluster.Core;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Training.Tests.Runs;

public sealed class RunFolderTests : IDisposable
{
    readonly string runs = Directory.CreateTempSubdirectory("runs").FullName;

    public void Dispose() => Directory.Delete(runs, recursive: true);

    [Fact]
    public void ReadInfo_AfterWriteInfo_ReturnsTheSame()
    {
        var folder = RunFolder.At(runs, "first");
        var info = Info("first");

        folder.WriteInfo(info);

        Assert.Equal(info, folder.ReadInfo());
        Assert.Equal(["run.json"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("-x")]
    public void At_NameThatIsNoPlainFileName_Refuses(string name) =>
        Assert.Throws<InputException>(() => RunFolder.At(runs, name));

    [Fact]
    public void Open_UnknownRun_NamesThoseThatExist()
    {
        RunFolder.At(runs, "first").WriteInfo(Info("first"));

        var exception = Assert.Throws<InputException>(() => RunFolder.Open(runs, "second"));
        Assert.Contains("first", exception.Message);
    }

    [Fact]
    public void Open_PathOfAFolder_OpensIt()
    {
        var folder = RunFolder.At(runs, "first");
        folder.WriteInfo(Info("first"));

        Assert.Equal("first", RunFolder.Open("elsewhere", folder.Path).Name);
    }

    [Fact]
    public void List_FolderWithoutRunJson_LeavesItOut()
    {
        RunFolder.At(runs, "b").WriteInfo(Info("b"));
        RunFolder.At(runs, "a").WriteInfo(Info("a"));
        Directory.CreateDirectory(Path.Combine(runs, "something-else"));

        Assert.Equal(["a", "b"], RunFolder.List(runs).Select(f => f.Name));
        Assert.Empty(RunFolder.List(Path.Combine(runs, "nowhere")));
    }

    [Fact]
    public void ReadInfo_FileOfAnotherShape_NamesFileAndLine()
    {
        var folder = RunFolder.At(runs, "broken");
        Directory.CreateDirectory(folder.Path);
        File.WriteAllText(folder.InfoFile, "{\n  \"name\": 5\n}\n");

        var exception = Assert.Throws<InputException>(folder.ReadInfo);
        Assert.Contains("run.json, line 2", exception.Message);
    }

    [Fact]
    public void ReadMetrics_TornLastLine_LeavesItOut()
    {
        var folder = RunFolder.At(runs, "killed");
        using (var metrics = folder.AppendMetrics())
        {
            metrics.Append(Step(1));
            metrics.Append(Step(2));
        }

        File.AppendAllText(folder.MetricsFile, "{\"step\":3,\"epo");

        Assert.Equal([Step(1), Step(2)], folder.ReadMetrics());
    }

    [Fact]
    public void AppendMetrics_AfterATornLine_WritesOnALineOfItsOwn()
    {
        var folder = RunFolder.At(runs, "killed");
        using (var metrics = folder.AppendMetrics())
            metrics.Append(Step(1));
        File.AppendAllText(folder.MetricsFile, "{\"step\":2,");

        using (var metrics = folder.AppendMetrics())
            metrics.Append(Step(2));

        Assert.Equal([Step(1), Step(2)], folder.ReadMetrics());
    }

    [Fact]
    public void ReadMetrics_BrokenLineInTheMiddle_NamesFileAndLine()
    {
        var folder = RunFolder.At(runs, "damaged");
        using (var metrics = folder.AppendMetrics())
            metrics.Append(Step(1));
        File.AppendAllText(folder.MetricsFile, "{\"step\":oops}\n");
        using (var metrics = folder.AppendMetrics())
            metrics.Append(Step(3));

        var exception = Assert.Throws<InputException>(folder.ReadMetrics);
        Assert.Contains("metrics.jsonl, line 2", exception.Message);
    }

    [Fact]
    public void ReadMetrics_WhileAnotherWrites_SeesWhatWasAppended()
    {
        var folder = RunFolder.At(runs, "live");
        using var metrics = folder.AppendMetrics();
        metrics.Append(Step(1));

        Assert.Equal([Step(1)], folder.ReadMetrics());
    }

    [Fact]
    public async Task ReadMetrics_WhileLinesAreBeingAppended_NeverTakesHalfOfOneForBroken()
    {
        const int steps = 2_000, piece = 30;
        var (whole, growing) = (RunFolder.At(runs, "whole"), RunFolder.At(runs, "growing"));
        using (var metrics = whole.AppendMetrics())
        {
            for (var step = 1; step <= steps; step++)
                metrics.Append(Step(step));
        }
        var lines = File.ReadAllBytes(whole.MetricsFile);
        Directory.CreateDirectory(growing.Path);
        var writing = Task.Run(() =>
        {
            // A file system may show a part of a write.
            using var file = new FileStream(growing.MetricsFile, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
            for (var start = 0; start < lines.Length; start += piece)
            {
                file.Write(lines.AsSpan(start, Math.Min(piece, lines.Length - start)));
                Thread.SpinWait(1000);
            }
        });

        for (var seen = 0; seen < steps;)
        {
            var metrics = growing.ReadMetrics();
            Assert.InRange(metrics.Count, seen, steps);
            seen = metrics.Count;
        }
        await writing;
    }

    [Fact]
    public void Metrics_LossThatIsNotFinite_SurvivesTheLog()
    {
        var folder = RunFolder.At(runs, "diverged");
        using (var metrics = folder.AppendMetrics())
            metrics.Append(Step(1) with { Loss = double.NaN });

        Assert.True(double.IsNaN(folder.ReadMetrics().Single().Loss));
    }

    [Fact]
    public void WriteEvaluation_OtherWeightsOrData_KeepsAll()
    {
        var folder = RunFolder.At(runs, "evaluated");
        folder.WriteEvaluation(Result("linear/mamp-2023", "pretrained", "aaaa"));
        folder.WriteEvaluation(Result("linear/mamp-2023", "pretrained", "bbbb"));
        folder.WriteEvaluation(Result("linear/mamp-2023", "random weights", "cccc"));
        folder.WriteEvaluation(Result("linear/mamp-2023", "pretrained", "bbbb") with { DatasetSha256 = "another" });
        folder.WriteEmbedding(new EmbeddingMap("pretrained", "t-SNE", [[1, 2]], [0], ["walk"]));

        Assert.Equal(["random weights", "pretrained", "pretrained", "pretrained"], folder.ReadEvaluations().Select(r => r.Encoder));
        Assert.Equal([1f, 2f], folder.ReadEmbeddings().Single().Points[0]);
    }

    static StepMetrics Step(long step) => new(step, step / 10.0, 1.0 / step, 1e-3, 1, 100, step);

    [Fact]
    public void NameOf_OtherSettingsNovelClassesOrClasses_IsAnotherFile()
    {
        var result = Result("few-shot", "pretrained", "ww");
        var many = result with { Split = "xsub, classes " + string.Join(",", Enumerable.Range(0, 200).Select(i => 2 * i)) };
        var others = new[]
        {
            result, result with { Settings = "shots 1 5" }, result with { Settings = "shots 1" }, result with { NovelClasses = [8, 9] }, result with { NovelClasses = [8] },
            many, many with { Split = many.Split + ",401" },
        };
        Assert.Equal(others.Length, others.Select(RunFolder.NameOf).Distinct().Count());
        Assert.All(others, other => Assert.InRange(RunFolder.NameOf(other).Length, 1, 200));
        Assert.Equal("few-shot-v1-pretrained-ww-xsub-dd", RunFolder.NameOf(result));
    }

    static RunInfo Info(string name) => new()
    {
        Name = name,
        Status = RunStatus.Running,
        PlanSha256 = "aa",
        DatasetSha256 = "bb",
        Step = 1,
        Steps = 10,
        Epochs = 2,
        Parameters = 1234,
        Started = DateTimeOffset.UnixEpoch,
        Seconds = 1.5,
        Machine = new MachineFacts("processor", 2, 8, "Linux", "10.0", "libtorch", "cpu", 2),
    };

    static EvaluationResult Result(string protocol, string encoder, string weights) => new()
    {
        Protocol = protocol,
        Version = 1,
        Description = "d",
        Encoder = encoder,
        WeightsSha256 = weights,
        Dataset = "data",
        DatasetSha256 = "dd",
        Split = "xsub",
        TrainClips = 10,
        TestClips = 5,
        Measurements = [new Measurement("accuracy", [1], [50], 50, 0)],
        Seconds = 1,
    };
}
