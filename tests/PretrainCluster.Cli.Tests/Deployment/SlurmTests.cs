using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace PretrainCluster.Cli.Tests.Deployment;

/// <summary>The batch script, with stand-ins for Slurm's programs and for the command: what it starts, and in which order it ends that.</summary>
public sealed partial class SlurmTests : IDisposable
{
    static readonly string s_script = Checkout.At("cluster", "slurm", "pretrain.sbatch");

    readonly FakePrograms _job = new();

    public SlurmTests()
    {
        File.WriteAllText(Path.Combine(_job.Folder, "steps"), "");
        // The cluster answers once all of its nodes are there. A submission that waits ends as its plan's file says, once the file "hold" is gone.
        _job.Add("pretrain", """
            echo "$SLURM_NODEID pretrain $*" >>"$FAKE/commands"
            case "$1 $*" in
                node*) trap 'echo "$3 $SLURM_NODEID" >>"$FAKE/left"; kill $!; exit 0' TERM; echo "$3 $SLURM_NODEID" >>"$FAKE/there"; sleep 300 & wait ;;
                *"cluster certificates"*) ;;
                cluster*) until [ "$(cat "$FAKE/there" | wc -l)" -eq "$FAKE_NODES" ]; do sleep 0.1; done ;;
                submit*--wait) while [ -e "$FAKE/hold" ]; do sleep 0.05; done; exit "$(cat "$2")" ;;
            esac
            """);
        File.WriteAllText(Path.Combine(_job.Folder, "a.yaml"), "0");
        File.WriteAllText(Path.Combine(_job.Folder, "b.yaml"), "1");
    }

    public void Dispose() => _job.Dispose();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(4, 3)]
    public void Job_OfSomeMachines_HasAWorkerNodeOnEachAndCoordinatorsOnTheFirst(int machines, int coordinators)
    {
        Assert.Equal(0, Run(machines, "a.yaml"));

        var seeds = string.Join(',', Enumerable.Range(2, coordinators).Select(i => $"127.0.0.{i}:4053"));
        var nodes = Commands("node");
        Assert.Equal(coordinators + machines, nodes.Count);
        Assert.All(nodes, node => Assert.Equal(seeds, node.Options["--seeds"]));
        Assert.Equal(Enumerable.Range(0, coordinators).Select(i => (i, $"127.0.0.{i + 2}:4053")), At("coordinator"));
        Assert.Equal(Enumerable.Range(0, machines).Select(i => (i, $"127.0.0.{i + 2}:4054")), At("worker"));

        IEnumerable<(int, string)> At(string role) => nodes.Where(n => n.Options["--role"] == role).OrderBy(n => n.Machine).Select(n => (n.Machine, n.Options["--at"]));
    }

    [Theory]
    [InlineData("4", "", "cuda:0", "4")]
    [InlineData("4", "2", "cuda:0", "2")]
    [InlineData("", "", "cpu", "1")]
    [InlineData("", "3", "cpu", "3")]
    public void Worker_OnAMachine_OffersItsGpus(string gpus, string slots, string device, string offered)
    {
        Assert.Equal(0, Run(1, ["a.yaml"], ("SLURM_FAKE_GPUS", gpus), ("PRETRAIN_SLOTS", slots)));

        var worker = Commands("node").Single(n => n.Options["--role"] == "worker");
        Assert.Equal((device, offered), (worker.Options["--device"], worker.Options["--slots"]));
    }

    [Fact]
    public void Job_WhosePlansHaveEnded_EndsAsTheyDidItsCoordinatorsLast()
    {
        Assert.Equal(1, Run(3, "a.yaml", "b.yaml"));

        Assert.Equal(["--signal=TERM workers", "--signal=TERM coordinators"], _job.Lines("signals"));
        Assert.Equal(["worker", "worker", "worker", "coordinator", "coordinator", "coordinator"], _job.Lines("left").Select(l => l.Split(' ')[0]));
        Assert.Equal(["submit a.yaml", "submit b.yaml", "submit a.yaml --wait", "submit b.yaml --wait"], Commands("submit").Select(s => s.Line.Replace(" --cluster 127.0.0.2:4053", "")));
        Assert.DoesNotContain(_job.Lines("calls"), c => c.StartsWith("scontrol", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("USR1", true)]
    [InlineData("TERM", false)]
    public void Job_ThatIsTold_LeavesInGoodOrderAndIsQueuedAgainWhereItWasPreempted(string signal, bool queued)
    {
        File.WriteAllText(Path.Combine(_job.Folder, "hold"), "");
        using var job = Start(3, ["a.yaml"]);
        Await(() => Commands("submit").Any(s => s.Line.EndsWith("--wait", StringComparison.Ordinal)));

        Signal(job.Id.ToString(CultureInfo.InvariantCulture), signal);

        FakePrograms.End(job);
        Assert.Equal(["worker", "worker", "worker", "coordinator", "coordinator", "coordinator"], _job.Lines("left").Select(l => l.Split(' ')[0]));
        Assert.Equal(queued ? ["scontrol requeue 17"] : [], _job.Lines("calls").Where(c => c.StartsWith("scontrol", StringComparison.Ordinal)));
    }

    [Fact]
    public void Job_WhoseClusterEnds_Fails()
    {
        File.WriteAllText(Path.Combine(_job.Folder, "hold"), "");
        using var job = Start(1, ["a.yaml"]);
        Await(() => Commands("submit").Any(s => s.Line.EndsWith("--wait", StringComparison.Ordinal)));

        Signal(File.ReadAllText(Path.Combine(_job.Folder, "tasks", "workers", "0")).Trim(), "TERM");

        Assert.Equal(1, FakePrograms.End(job).Code);
    }

    [Fact]
    public void Addresses_NoneOfTheNetworkThatIsAskedFor_IsAnError() => Assert.Equal(1, Run(2, ["a.yaml"], ("PRETRAIN_NETWORK", "10.")));

    [Fact]
    public void Signal_ComesEarlyEnoughToHandRanksOver()
    {
        var signal = EarlySignal().Match(File.ReadAllText(s_script));
        Assert.True(TimeSpan.FromSeconds(int.Parse(signal.Groups[1].Value, CultureInfo.InvariantCulture)) >= Deployed.HandOver + TimeSpan.FromMinutes(1));
        Assert.Contains("#SBATCH --requeue", File.ReadAllText(s_script));
    }

    [Fact]
    public void Certificates_OfAJob_AreMadeForItsMachinesAndItsUser()
    {
        _job.Add("pretrain", """
            echo "$* as ${PRETRAIN_CERTIFICATE:-nobody}" >>"$FAKE/certified"
            case $1 in
                node) trap 'kill $!; exit 0' TERM; echo >>"$FAKE/there"; sleep 300 & wait ;;
                cluster) [ "$2" = certificates ] && exit 0; until [ "$(cat "$FAKE/there" | wc -l)" -eq "$FAKE_NODES" ]; do sleep 0.1; done ;;
            esac
            """);
        Assert.Equal(0, Run(1, "a.yaml"));
        var lines = _job.Lines("certified");
        Assert.Contains(
            $"cluster certificates --to runs/.cluster/certificates --node=127.0.0.2 --user {Environment.UserName} "
                + "--role operator as nobody", lines);
        Assert.Equal(
            2, lines.Count(
            line => line.StartsWith("node", StringComparison.Ordinal)
            && line.Contains("--certificate runs/.cluster/certificates/127.0.0.2.pem", StringComparison.Ordinal)));
        Assert.All(
            lines.Where(line => line.StartsWith("submit", StringComparison.Ordinal)),
            line => Assert.EndsWith($"as runs/.cluster/certificates/{Environment.UserName}.pem", line));
    }

    int Run(int machines, params string[] plans) => Run(machines, plans, []);

    int Run(int machines, string[] plans, params (string Name, string Value)[] environment)
    {
        using var job = Start(machines, plans, environment);
        return FakePrograms.End(job).Code;
    }

    Process Start(int machines, string[] plans, params (string Name, string Value)[] environment) => _job.Start("bash", [s_script, .. plans],
    [
        ("PATH", $"{_job.Folder}:{Checkout.At("tests", "PretrainCluster.Cli.Tests", "Deployment", "slurm")}:{Environment.GetEnvironmentVariable("PATH")}"),
        ("SLURM_FAKE", _job.Folder), ("SLURM_JOB_ID", "17"), ("SLURM_JOB_NUM_NODES", machines.ToString(CultureInfo.InvariantCulture)), ("SLURM_SUBMIT_DIR", _job.Folder),
        ("PRETRAIN", Path.Combine(_job.Folder, "pretrain")), ("PRETRAIN_NETWORK", "127."),
            ("PRETRAIN_CERTIFICATES", ""), ("PRETRAIN_CERTIFICATE", ""), ("USER", Environment.UserName),
            ("FAKE_NODES", $"{machines + (machines < 3 ? 1 : 3)}"), .. environment,
    ]);

    // Every line that the script gave the command, which takes each.
    List<(int Machine, string Line, IReadOnlyDictionary<string, string> Options)> Commands(string verb) =>
        [.. _job.Lines("commands").Select(l => l.Split(' ', 2)).Where(p => p[1].StartsWith($"pretrain {verb}", StringComparison.Ordinal))
            .Select(p => (p[0].Length > 0 ? int.Parse(p[0], CultureInfo.InvariantCulture) : -1, p[1]["pretrain ".Length..], Deployed.Options(p[1].Split(' '))))];

    static void Signal(string process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process]);
        kill.WaitForExit();
    }

    static void Await(Func<bool> condition)
    {
        for (var began = DateTime.UtcNow; !condition(); Thread.Sleep(20))
            Assert.True(DateTime.UtcNow - began < TimeSpan.FromMinutes(2));
    }

    [GeneratedRegex(@"#SBATCH --signal=B:USR1@(\d+)")]
    private static partial Regex EarlySignal();
}
