using PretrainCluster.Cli.Cluster;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Cli.Tests.Cluster;

public sealed class ClusterCommandTests
{
    [Fact]
    public void Write_CoordinatorAndAWorkerOutOfReach_SaysWhoDoesWhatAndWhatRuns()
    {
        using var output = new StringWriter();
        ClusterCommand.Write(new ClusterStatus(
            [
                new RunStatusView(
                    "demo", "training", "", 0, 4, 1041, 3, null, null,
                    [new WorkerStatusView(
                    "w1", "10.0.0.2:5000", "cpu:0", 0, 4711, "training", 1041, 0.1, 0.2, 0.05, 12.5, 1L << 33)],
                    "anna"),
                new RunStatusView("done", "finished", "", 0, 1, 10, 1, null, null, [], ""),
            ],
            [new NodeStatusView("10.0.0.2:5000", false, ["cpu:1"], ["cpu:0"])],
            [
                new MemberStatusView("10.0.0.1:4053", ["coordinator"], "up", true, true, true),
                new MemberStatusView("10.0.0.2:5000", ["worker"], "up", false, false, false),
            ]), output);

        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches(@"10\.0\.0\.1:4053 +coordinator +up +yes +coordinates, leads the cluster", lines[2]);
        Assert.Matches(@"10\.0\.0\.2:5000 +worker +up +NO +2 +1", lines[3]);
        Assert.Equal(["2 runs, 1 under way", "  demo of anna: training, 1 of 3 workers, step 1,041"], lines[4..]);
    }
}
