using System.Diagnostics;
using System.Text.RegularExpressions;
using PretrainCluster.Core.Coordination;
using PretrainCluster.Faults;
using PretrainCluster.Training.Certificates;

namespace PretrainCluster.Actors.Tests;

/// <summary>
/// Nodes and users with certificates, real processes and real TLS: who is let in, who is not, and that each refusal is
/// logged with its reason, once.
/// </summary>
public sealed partial class MutualTlsTests : IDisposable
{
    const int Interrupt = 2;

    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    readonly string _root = Directory.CreateTempSubdirectory("pretrain-tls-").FullName;

    public MutualTlsTests()
    {
        Succeed("cluster", "certificates", "--to", "ca", "--node", "127.0.0.1", "--user", "vera", "--role", "viewer");
        Succeed("cluster", "certificates", "--to", "ca", "--user", "olga", "--role", "operator");
        Succeed("cluster", "certificates", "--to", "ca", "--user", "anna", "--role", "researcher");
        Succeed(
            "cluster", "certificates", "--to", "other", "--node", "127.0.0.1", "--user", "eve", "--role", "operator");
        using var authority = CertificateAuthority.OpenOrMake(Path.Combine(_root, "ca"), TimeProvider.System, out _);
        // Over since half an hour.
        authority.Issue(new CertificateIdentity("late", Role.Operator, []), TimeSpan.FromMinutes(-30)).Dispose();
        authority.Issue(new CertificateIdentity("late-node", Role.Node, ["127.0.0.1"]), TimeSpan.FromMinutes(-30))
            .Dispose();
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Users_OfACluster_AreLetInAsTheirCertificatesSay_AndEachRefusalIsLoggedOnce()
    {
        using var coordinator = Start(
            "node", "--role", "coordinator", "--at", "127.0.0.1:0", "--shared-runs", "runs", "--certificate",
            "ca/127.0.0.1.pem");
        var address = Until(() => CoordinatorNode().Match(coordinator.Output), match => match.Success).Groups[1].Value;
        using var worker = Start(
            "node", "--role", "worker", "--seeds", address, "--shared-runs", "runs", "--certificate",
            "ca/127.0.0.1.pem");
        Until(
            () => Run("cluster", address, "--certificate", "ca/vera.pem").Output,
            output => Regex.Count(output, " up ") == 2);

        Refused("is of another authority", "is of another authority", "other/eve.pem", "cluster", address);
        Refused(
            "a node's: a user needs one of their own", "a node's: a user needs one of their own", "ca/127.0.0.1.pem",
            "cluster", address);
        Refused(
            "vera may not send CancelRun", "vera may not send CancelRun", "ca/vera.pem", "cancel", "demo", "--cluster",
            address);
        Refused("valid from", null, "ca/late.pem", "cluster", address);
        Refused("no coordinator node answers there", "or does not speak TLS", null, "cluster", address);
        Assert.Contains(
            "There is no run demo", Run("cancel", "demo", "--cluster", address, "--certificate", "ca/anna.pem").Output);

        // Those who do not use this program, whose own certificate is good or bad: what the node says then.
        var users = int.Parse(address.Split(':')[1]) - 1;
        OpenSsl(users, null, "it shows no certificate");
        OpenSsl(users, "ca/late.pem", "the certificate of CN=late, OU=operator is valid from");
        OpenSsl(users + 1, null, "a node's connection: it shows no certificate");
        OpenSsl(users + 1, "ca/olga.pem", "the certificate of olga is for the role operator: only nodes speak here");
        OpenSsl(users + 1, "ca/late-node.pem", "the certificate of CN=late-node, OU=node is valid from");
        OpenSsl(users + 1, "other/127.0.0.1.pem", "the certificate of CN=127.0.0.1, OU=node is of another authority");

        foreach (var node in (PretrainProcess[])[worker, coordinator])
        {
            node.Signal(Interrupt);
            Assert.Equal(0, node.Wait(s_limit));
        }

        void Refused(string expected, string? logged, string? certificate, params string[] line)
        {
            for (var time = 0; time < 2; time++)
            {
                var (code, output) =
                    Run([.. line, .. certificate is null ? (string[])[] : ["--certificate", certificate]]);
                Assert.Equal(2, code);
                Assert.Contains(expected, output);
            }
            if (logged is not null)
                Assert.Single(Until(() => Lines(logged), lines => lines.Count > 0));
        }

        // The handshake itself tells a client of TLS 1.3 nothing of its certificate; that nothing is answered, and the
        // line in the log, do.
        void OpenSsl(int port, string? certificate, string logged)
        {
            for (var time = 0; time < 2; time++)
                Speak(port, certificate);
            Assert.Single(Until(() => Lines(logged), lines => lines.Count > 0));
        }

        List<string> Lines(string text) =>
            [.. coordinator.Output.Split('\n').Where(line => line.Contains(text, StringComparison.Ordinal))];
    }

    [Fact]
    public void Node_WithACertificateOfAnotherAuthority_OrAUsers_DoesNotGetIn()
    {
        using var coordinator = Start(
            "node", "--role", "coordinator", "--at", "127.0.0.1:0", "--shared-runs", "runs", "--certificate",
            "ca/127.0.0.1.pem");
        var address = Until(() => CoordinatorNode().Match(coordinator.Output), match => match.Success).Groups[1].Value;
        using var stranger = Start(
            "node", "--role", "worker", "--seeds", address, "--shared-runs", "runs", "--certificate",
            "other/127.0.0.1.pem");
        Until(() => stranger.Output, said => said.Contains("is of another authority", StringComparison.Ordinal));
        Assert.Single(Regex.Matches(Run("cluster", address, "--certificate", "ca/olga.pem").Output, " up "));

        var (code, output) =
            Run("node", "--role", "worker", "--seeds", address, "--shared-runs", "runs", "--certificate",
            "ca/olga.pem");
        Assert.Equal((2, true), (code, output.Contains("is for the role operator", StringComparison.Ordinal)));
        (code, output) =
            Run("node", "--role", "worker", "--at", "127.0.0.2:4054", "--seeds", address, "--shared-runs", "runs",
            "--certificate", "ca/127.0.0.1.pem");
        Assert.Equal((2, true), (code, output.Contains("--node 127.0.0.1,127.0.0.2", StringComparison.Ordinal)));
    }

    [Fact]
    public void DataPlane_OfAWorkerWithACertificate_SpeaksToNobodyWithoutOne()
    {
        var said = new List<string>();
        using var certificate = ClusterCertificate.Read(Path.Combine(_root, "ca", "127.0.0.1.pem"));
        using var listener = new Training.Exchange.ExchangeListener(new()
        {
            Certificate = certificate,
            Refused = text =>
            {
                lock (said)
                    said.Add(text);
            },
        });
        Speak(int.Parse(listener.Endpoint.Split(':')[1]), null);
        Speak(int.Parse(listener.Endpoint.Split(':')[1]), "ca/olga.pem");
        Assert.Collection(Until(() =>
        {
            lock (said)
                return said.ToList();
        }, lines => lines.Count == 2), line => Assert.Contains("it shows no certificate", line),
            line => Assert.Contains("is for the role operator", line));
    }

    /// <summary>What openssl prints when it connects and sends a line.</summary>
    string Speak(int port, string? certificate)
    {
        var start = new ProcessStartInfo(
            "openssl",
            ["s_client", "-connect", $"127.0.0.1:{port}", "-CAfile", "ca/ca.pem", "-quiet", .. certificate is null
            ? (string[])[] : ["-cert", certificate, "-key", certificate]])
        {
            WorkingDirectory = _root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var client = Process.Start(start)!;
        var (output, error) = (client.StandardOutput.ReadToEndAsync(), client.StandardError.ReadToEndAsync());
        client.StandardInput.WriteLine("hello");
        client.StandardInput.Flush();
        // The node ends it.
        Assert.True(client.WaitForExit(s_limit), "the connection stays open");
        Assert.Equal("", output.Result);
        return error.Result;
    }

    PretrainProcess Start(params string[] arguments) => PretrainProcess.Start(_root, arguments);

    (int Code, string Output) Run(params string[] arguments)
    {
        using var process = Start(arguments);
        return (process.Wait(s_limit), process.Output);
    }

    void Succeed(params string[] arguments)
    {
        var (code, output) = Run(arguments);
        Assert.True(code == 0, output);
    }

    static T Until<T>(Func<T> look, Func<T, bool> enough)
    {
        for (var began = DateTime.UtcNow; ; Thread.Sleep(100))
        {
            var seen = look();
            if (enough(seen))
                return seen;
            Assert.True(DateTime.UtcNow - began < s_limit, $"{seen}");
        }
    }

    [GeneratedRegex(@"coordinator node (127\.0\.0\.1:\d+)")]
    private static partial Regex CoordinatorNode();
}
