using System.Text.RegularExpressions;
using PretrainCluster.Cli.Cluster;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Cli.Tests.Deployment;

/// <summary>What `pretrain cluster` prints, for probes that look for their node in it.</summary>
static class ClusterTable
{
    /// <summary>Asserts that a pattern for the worker node 10.0.0.2:4054 finds it where it is of the cluster and can be reached, and nowhere else.</summary>
    public static void Finds(string pattern)
    {
        Assert.Matches(Line(pattern), Print("10.0.0.2:4054", "up", true));
        Assert.DoesNotMatch(Line(pattern), Print("10.0.0.2:4054", "up", false));
        Assert.DoesNotMatch(Line(pattern), Print("10.0.0.2:4054", "leaving", true));
        Assert.DoesNotMatch(Line(pattern), Print("10.0.0.2:40540", "up", true));
        Assert.DoesNotMatch(Line(pattern), Print("110.0.0.2:4054", "up", true));
    }

    static Regex Line(string pattern) => new(pattern, RegexOptions.Multiline);

    static string Print(string address, string state, bool reachable)
    {
        using var output = new StringWriter();
        ClusterCommand.Write(new ClusterStatus([], [new NodeStatusView(address, reachable, ["cpu:0"], [])],
        [
            new MemberStatusView("10.0.0.1:4053", ["coordinator"], "up", true, true, true),
            new MemberStatusView(address, ["worker"], state, reachable, false, false),
        ]), output);
        return output.ToString();
    }
}
