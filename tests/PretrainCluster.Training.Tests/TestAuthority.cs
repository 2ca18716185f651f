using PretrainCluster.Core.Coordination;
using PretrainCluster.Training.Certificates;

namespace PretrainCluster.Training.Tests;

/// <summary>A cluster's authority in a folder of its own, for as long as a test lasts.</summary>
public sealed class TestAuthority : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pretrain-authority-").FullName;
    readonly CertificateAuthority _authority;

    public TestAuthority() => _authority = CertificateAuthority.OpenOrMake(_folder, TimeProvider.System, out _);

    public ClusterCertificate Node(params string[] hosts) =>
        _authority.Issue(new CertificateIdentity(hosts[0], Role.Node, hosts), TimeSpan.FromDays(1));

    public ClusterCertificate User(string name, Role role) =>
        _authority.Issue(new CertificateIdentity(name, role, []), TimeSpan.FromDays(1));

    /// <summary>A node's certificate that is not valid any more.</summary>
    public ClusterCertificate Expired(string host)
    {
        // Its first hour lies in the past, and it is over after half of it.
        return _authority.Issue(new CertificateIdentity(host, Role.Node, [host]), TimeSpan.FromMinutes(-30));
    }

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
