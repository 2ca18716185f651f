using PretrainCluster.Cli.Comparison;
using PretrainCluster.Core;
using PretrainCluster.Learning.Evaluation;

namespace PretrainCluster.Cli.Tests.Comparison;

public sealed class MethodComparisonTests
{
    static readonly int[] s_labels = [.. Enumerable.Range(0, 60).Select(i => i % 3)];

    [Fact]
    public void Of_TwoRuns_AreTestedOverTheClips()
    {
        var comparison = MethodComparison.Of([Method("mae", Run("mae", 1, Knn(40))), Method("moco", Run("moco", 1, Knn(52)))]);
        var figure = Assert.Single(comparison.Figures);
        Assert.Equal(("knn v1", "k = 1"), (figure.Title, figure.Name));
        Assert.Null(figure.Cells[0].Difference);
        Assert.Equal(PairedTest.McNemarOverClips, figure.Cells[1].Difference!.Test);
        Assert.Equal(20, figure.Cells[1].Difference!.Mean, 1e-9);

        var text = Text(comparison);
        Assert.Contains("+20.0 [", text, StringComparison.Ordinal);
        Assert.Contains("< 0.001", text, StringComparison.Ordinal);
        Assert.Contains("McNemar", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_SeveralSeeds_AreTestedOverThem()
    {
        var comparison = MethodComparison.Of([
            Method("mae", Run("a1", 1, Knn(30)), Run("a2", 2, Knn(33)), Run("a3", 3, Knn(36))),
            Method("moco", Run("b1", 1, Knn(36)), Run("b2", 2, Knn(42)), Run("b3", 3, Knn(45)))]);
        var cell = comparison.Figures[0].Cells[1];
        Assert.Equal([60.0, 70.0, 75.0], cell.Figure.Values);
        Assert.Equal([1L, 2L, 3L], cell.Figure.Seeds);
        Assert.Equal(PairedTest.StudentOverSeeds, cell.Difference!.Test);
        Assert.Equal((10 + 15 + 15) / 3.0, cell.Difference.Mean, 1e-9);
    }

    [Fact]
    public void Of_OtherSeeds_SideBySideWithoutATest()
    {
        var comparison = MethodComparison.Of([Method("mae", Run("a1", 1, Knn(30)), Run("a2", 2, Knn(33))), Method("moco", Run("b3", 3, Knn(36)), Run("b4", 4, Knn(36)))]);
        Assert.Null(comparison.Figures[0].Cells[1].Difference);
        Assert.Contains("No test where the runs' seeds are not the same", Text(comparison), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AnOlderResult_SideBySideWithoutATest()
    {
        var old = Knn(30) with { Measurements = [Knn(30).Measurements[0] with { Right = null }] };
        Assert.Null(MethodComparison.Of([Method("a", Run("a", 1, old)), Method("b", Run("b", 1, Knn(30)))]).Figures[0].Cells[1].Difference);
    }

    public static TheoryData<string> Differing => ["version", "settings", "data", "split", "novel"];

    [Theory, MemberData(nameof(Differing))]
    public void Of_NotTheSameFooting_IsRefused(string what)
    {
        var (expected, other) = what switch
        {
            "version" => ("a has it with version 1, b with version 2", Knn(30) with { Version = 2 }),
            "settings" => ("the protocol's own settings, b with epochs 10", Knn(30) with { Settings = "epochs 10" }),
            "data" => ("a has it with nw-ucla dddddddddddd, b with nw-ucla eeeeeeeeeeee", Knn(30) with { DatasetSha256 = new string('e', 64) }),
            "split" => ("a has it with split xsub, b with split xview", Knn(30) with { Split = "xview" }),
            _ => ("novel classes none, b with novel classes 8-9", Knn(30) with { NovelClasses = [8, 9] }),
        };
        var message = Assert.Throws<InputException>(() => MethodComparison.Of([Method("a", Run("a", 1, Knn(30))), Method("b", Run("b", 1, other))])).Message;
        Assert.Contains("knn is not compared", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Of_OneProtocolShared_SaysWhatWasLeftOut()
    {
        var comparison = MethodComparison.Of([
            Method("a", Run("a", 1, Knn(30), Knn(20) with { Protocol = "linear" })), Method("b", Run("b", 1, Knn(33)))]);
        Assert.Equal("knn v1", Assert.Single(comparison.Figures).Title);
        Assert.Equal("linear is not compared: b has no result of it", Assert.Single(comparison.Left));
        Assert.Contains("linear is not compared", Text(comparison), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_Names_AreEscapedAndEveryMethodIsDrawn()
    {
        var page = ComparisonPage.Render(MethodComparison.Of([Method("<b>a", Run("a", 1, Knn(30))), Method("c", Run("c", 1, Knn(33)))]), DateTimeOffset.UnixEpoch).Markup;
        Assert.Contains("&lt;b&gt;a", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>a", page, StringComparison.Ordinal);
        Assert.Equal(2, page.Split("<circle cx=").Length - 1);
        Assert.Contains(new string('c', 64), page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("=a", "NAME=RUN,RUN")]
    [InlineData("a,,b", "NAME=RUN,RUN")]
    [InlineData("a,a", "names a run twice")]
    [InlineData("nobody", "no run \"nobody\"")]
    [InlineData("nobody@x", "after @ the checkpoint's step is expected")]
    public void Read_UnusableName_SaysWhy(string text, string message)
        => Assert.Contains(message, Assert.Throws<InputException>(() => ComparedMethod.Read(text, Path.Combine(Path.GetTempPath(), "no-runs-here"))).Message, StringComparison.Ordinal);

    static string Text(MethodComparison comparison)
    {
        var output = new StringWriter();
        ComparisonTable.Write(comparison, output);
        return output.ToString();
    }

    static ComparedMethod Method(string name, params ComparedRun[] runs) => new(name, runs);

    static ComparedRun Run(string name, long seed, params EvaluationResult[] results) => new(name, seed, new string('c', 64), results);

    /// <param name="right">of 60 clips, the first ones</param>
    static EvaluationResult Knn(int right) => new()
    {
        Protocol = "knn",
        Version = 1,
        Description = "",
        Encoder = "pretrained",
        WeightsSha256 = new string('w', 64),
        Checkpoint = new string('c', 64),
        Dataset = "nw-ucla",
        DatasetSha256 = new string('d', 64),
        Split = "xsub",
        TrainClips = 60,
        TestClips = 60,
        Measurements = [Statistics.Accuracies("k = 1", [1], s_labels, [[.. s_labels.Select((label, clip) => clip < right ? label : 9)]])],
        Seconds = 1,
    };
}
