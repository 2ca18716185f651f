using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Akka.Actor;
using PretrainCluster.Faults;

namespace PretrainCluster.Actors.Tests;

/// <summary>Nodes and users that speak TLS, each with a certificate that the others check.</summary>
public sealed partial class MutualTlsTests : IDisposable
{
    const int Interrupt = 2;

    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    readonly string _root = Directory.CreateTempSubdirectory("pretrain-tls-").FullName;

    public MutualTlsTests()
    {
        using var authority = Authority("the cluster's");
        File.WriteAllText(Path.Combine(_root, "authority.pem"), authority.ExportCertificatePem());
        Certify("node", authority);
        using var another = Authority("another");
        Certify("stranger", another);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [MutualTlsFact]
    public void Nodes_WithCertificatesThatTheOthersTrust_FormACluster_AndNobodyElseIsLetIn()
    {
        using var coordinator = Start("node", "--role", "coordinator", "--at", "127.0.0.1:0", "--shared-runs", "runs", "--configuration", "node.conf");
        var address = Until(() => CoordinatorNode().Match(coordinator.Output), match => match.Success).Groups[1].Value;
        using var worker = Start("node", "--role", "worker", "--seeds", address, "--shared-runs", "runs", "--configuration", "node.conf");
        Until(() => Run("cluster", address, "--configuration", "node.conf").Output, output => Regex.Matches(output, " up ").Count == 2);

        var (code, output) = Run("cluster", address, "--configuration", "stranger.conf");
        Assert.Equal(2, code);
        Assert.Contains("no coordinator answers", output);
        Until(() => coordinator.Output, said => said.Contains("certificate validation failed", StringComparison.Ordinal));
        Assert.Equal(2, Run("cluster", address).Code);
        Assert.Equal(0, Run("cluster", address, "--configuration", "node.conf").Code);

        foreach (var node in (PretrainProcess[])[worker, coordinator])
        {
            node.Signal(Interrupt);
            Assert.Equal(0, node.Wait(s_limit));
        }
    }

    PretrainProcess Start(params string[] arguments) =>
        PretrainProcess.Start(_root, arguments, new Dictionary<string, string> { ["SSL_CERT_FILE"] = Path.Combine(_root, "authority.pem") });

    (int Code, string Output) Run(params string[] arguments)
    {
        using var process = Start(arguments);
        return (process.Wait(s_limit), process.Output);
    }

    static X509Certificate2 Authority(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name} authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
    }

    void Certify(string name, X509Certificate2 authority)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        using var issued = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-12), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        using var certificate = issued.CopyWithPrivateKey(key);
        File.WriteAllBytes(Path.Combine(_root, $"{name}.pfx"), certificate.Export(X509ContentType.Pfx, "secret"));
        File.WriteAllText(Path.Combine(_root, $"{name}.conf"), $$"""
            akka.remote.dot-netty.tcp {
              enable-ssl = true
              ssl.certificate { path = "{{Path.Combine(_root, name)}}.pfx", password = "secret" }
            }
            """);
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

/// <summary>A test that needs an Akka.NET whose listening end asks for a certificate.</summary>
sealed class MutualTlsFactAttribute : FactAttribute
{
    public MutualTlsFactAttribute() => Skip = typeof(ActorSystem).Assembly.GetName().Version < new Version(1, 5, 55) ? "Akka.NET before 1.5.55 asks for no certificate" : null;
}
