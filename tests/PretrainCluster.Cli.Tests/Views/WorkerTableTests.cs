using PretrainCluster.Cli.Views;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Cli.Tests.Views;

public sealed class WorkerTableTests
{
    public static RunStatusView Status { get; } = new("demo", "training", "", 0, 3, 41, 2, null, null,
    [
        new WorkerStatusView("w1-3", "local", "cpu:1", -1, 0, "starting", -1, 0, 0, 0, 0, 0),
        new WorkerStatusView("w1-2", "local", "cpu:2", 1, 102, "stalled", 40, 1.25, 3, 0.5, 12.5, 1L << 30),
        new WorkerStatusView("w1-1", "far", "cuda:0", 0, 101, "training", 41, 0.0852, 0.1, 0.04, 1234, 240 << 20),
    ], "anna");

    [Fact]
    public void Write_Workers_ByRankAndThoseWithoutOneLast()
    {
        using var text = new StringWriter();
        WorkerTable.Write(Status, text);
        var lines = text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)[2..];
        Assert.Matches(@"^ +0  w1-1 +far/cuda:0 +101  training +41 +1,234 +85\.2 ms +100 ms +40\.0 ms +240\.0 MiB$", lines[0]);
        Assert.Matches(@"^ +1  w1-2 +cpu:2 +102  stalled +40 +12\.5 +1\.25 s +3\.00 s +500 ms +1\.0 GiB$", lines[1]);
        Assert.Matches(@"^ +–  w1-3 +cpu:1 +starting$", lines[2]);
    }

    [Fact]
    public void Lines_NarrowTerminal_NoneIsLonger() =>
        Assert.All(WorkerTable.Lines(Status, 40), line => Assert.InRange(line.Length, 1, 40));
}
