using System.Text.Json;

namespace PretrainCluster.EndToEnd.Tests;

public sealed class TableTests : IDisposable
{
    const string Table = """
        name: small
        minutes: 0.01
        seeds: [1, 2]
        set: ["data.hold_out_classes=[0, 1]", evaluation.classes=base, evaluation.seeds=1, "evaluation.few_shot={shots: [1], draws: 5}"]
        supervised: false
        columns:
          - {title: kNN, protocol: knn, figure: k = 1}
          - {title: 1-shot, protocol: few-shot, figure: 1-shot}
        rows:
          - {name: tiny, plan: tiny.yaml}
          - {name: short, plan: tiny.yaml, epochs: [2]}
        """;

    readonly Workspace _workspace = new();

    [Fact]
    public void Table_StoppedAndBegunAgain_MeasuresOnceAndDoesEachRunOnce()
    {
        File.WriteAllText(_workspace.In("small.yaml"), Table);
        File.WriteAllText(_workspace.In("results.md"), "# Results\n");
        string[] line = ["table", "small.yaml", "--measure-seconds", "0.5", "--write", "results.md"];
        Assert.Contains("to be measured", _workspace.Succeed("table", "small.yaml", "--dry-run"));

        using (var process = _workspace.Start(line))
        {
            for (var i = 0; i < 1200 && !process.HasExited && !process.Output.Contains("seed 1: done", StringComparison.Ordinal); i++)
                Thread.Sleep(100);
            process.Signal(2);
            Assert.True(process.Wait(TimeSpan.FromMinutes(2)) is 130 or 0, process.Output);
        }
        var epochs = Epochs();
        var output = _workspace.Succeed(line);
        Assert.Equal(epochs, Epochs());
        Assert.DoesNotContain("the speed of", output);

        var page = File.ReadAllText(_workspace.In("results.md"));
        Assert.Matches($@"\| tiny \| {epochs} \| [0-9.,]+ \| [0-9.]+ ± [0-9.]+ \| [0-9.]+ ± [0-9.]+ \|", page);
        Assert.Matches(@"\| short \| 2 \|", page);
        Assert.Contains("| random weights (tiny, short) |", page);
        Assert.Contains("on xsub, classes 2-", page);
        Assert.DoesNotContain("[1/", _workspace.Succeed(line));
        Assert.Equal(page, File.ReadAllText(_workspace.In("results.md")));
        Assert.False(Directory.Exists(_workspace.In("runs", "small-tiny-speed")));

        // One control for both rows, and figures of other settings are no figures of this table.
        Assert.NotEmpty(Directory.GetFiles(_workspace.In("runs", "small-tiny-s1", "evaluations"), "knn*random-weights*"));
        Assert.Empty(Directory.GetFiles(_workspace.In("runs", "small-short-s1", "evaluations"), "knn*random-weights*"));
        Assert.Contains("0 runs to pretrain", _workspace.Succeed("table", "small.yaml", "--dry-run"));
        File.WriteAllText(_workspace.In("small.yaml"), Table.Replace("draws: 5", "draws: 6", StringComparison.Ordinal));
        var asked = _workspace.Succeed("table", "small.yaml", "--dry-run");
        Assert.Contains("0 runs to pretrain", asked);
        Assert.Contains("to evaluate: 4 runs", asked);
    }

    public void Dispose() => _workspace.Dispose();

    int Epochs() => JsonDocument.Parse(File.ReadAllText(_workspace.In("runs", "small.table", "budget.json"))).RootElement.GetProperty("tiny").GetProperty("epochs")[0].GetInt32();
}
