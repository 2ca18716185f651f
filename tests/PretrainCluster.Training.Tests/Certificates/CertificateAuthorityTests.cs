using PretrainCluster.Core;
using PretrainCluster.Core.Coordination;
using PretrainCluster.Training.Certificates;

namespace PretrainCluster.Training.Tests.Certificates;

public sealed class CertificateAuthorityTests : IDisposable
{
    static readonly TimeSpan s_year = TimeSpan.FromDays(365);

    readonly string _folder = Directory.CreateTempSubdirectory("pretrain-authority-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Issue_ForANodeAndAUser_IsAFileOfTheOwnersAloneThatSaysWhoTheyAre()
    {
        using var authority = Open(out var made);
        Assert.True(made);
        authority.Issue(new CertificateIdentity("gpu7", Role.Node, ["gpu7", "10.0.0.7", "fe80::1"]), s_year).Dispose();
        authority.Issue(new CertificateIdentity("anna", Role.Researcher, []), s_year).Dispose();

        using var node = ClusterCertificate.Read(Path.Combine(_folder, "gpu7.pem"));
        Assert.Equal(("gpu7", Role.Node), (node.Identity.Name, node.Identity.Role));
        Assert.Equal(["gpu7", "10.0.0.7", "fe80::1"], node.Identity.Hosts);
        using var user = ClusterCertificate.Read(Path.Combine(_folder, "anna.pem"));
        Assert.Equal(("anna", Role.Researcher), (user.Identity.Name, user.Identity.Role));
        Assert.Equal(
            ["anna", "gpu7"], CertificateAuthority.List(_folder).Select(certificate => certificate.Identity.Name));
        if (OperatingSystem.IsWindows())
            return;
        foreach (var file in (string[])["anna.pem", "gpu7.pem", CertificateAuthority.KeyName])
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, file)));
    }

    [Fact]
    public void OpenOrMake_WhereAnAuthorityIs_IsThatOne()
    {
        Open(out _).Dispose();
        var before = File.ReadAllText(Path.Combine(_folder, CertificateAuthority.CertificateName));
        using var again = Open(out var made);
        Assert.False(made);
        Assert.Equal(before, File.ReadAllText(Path.Combine(_folder, CertificateAuthority.CertificateName)));
    }

    [Theory]
    [InlineData(CertificateAuthority.KeyName)]
    [InlineData(CertificateAuthority.CertificateName)]
    public void OpenOrMake_WhereHalfOfAnAuthorityIs_MakesNoOtherInItsPlace(string missing)
    {
        Open(out _).Dispose();
        File.Delete(Path.Combine(_folder, missing));
        Assert.Contains(missing, Assert.Throws<InputException>(() => Open(out _)).Message);
        Assert.False(File.Exists(Path.Combine(_folder, missing)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../anna")]
    [InlineData("ca")]
    [InlineData("anna bell")]
    [InlineData(".hidden")]
    public void Issue_UnderWhatIsNoName_IsRefused(string name)
    {
        using var authority = Open(out _);
        Assert.Throws<InputException>(() => authority.Issue(new CertificateIdentity(name, Role.Viewer, []), s_year));
        Assert.Equal(
            [CertificateAuthority.KeyName, CertificateAuthority.CertificateName],
            Directory.EnumerateFiles(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Issue_OfAUserUnderANodesName_IsRefused()
    {
        using var authority = Open(out _);
        authority.Issue(new CertificateIdentity("gpu7", Role.Node, ["gpu7"]), s_year).Dispose();
        Assert.Throws<InputException>(
            () => authority.Issue(new CertificateIdentity("gpu7", Role.Operator, []), s_year));
    }

    [Fact]
    public void Read_OfAFileThatOthersCanRead_IsRefused()
    {
        using var authority = Open(out _);
        authority.Issue(new CertificateIdentity("anna", Role.Viewer, []), s_year).Dispose();
        var file = Path.Combine(_folder, "anna.pem");
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", Assert.Throws<InputException>(() => ClusterCertificate.Read(file)).Message);
    }

    [Fact]
    public void Read_OfACertificateThatIsOver_SaysSoAndWhatRenewsIt()
    {
        using var authority = Open(out _);
        authority.Issue(new CertificateIdentity("anna", Role.Viewer, []), TimeSpan.FromMinutes(-30)).Dispose();
        Assert.Contains(
            "pretrain cluster certificates",
            Assert.Throws<InputException>(() => ClusterCertificate.Read(Path.Combine(_folder, "anna.pem"))).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nothing of the kind")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void Read_OfAnythingElse_IsOneError(string text)
    {
        var file = Path.Combine(_folder, "file.pem");
        File.WriteAllText(file, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Contains(file, Assert.Throws<InputException>(() => ClusterCertificate.Read(file)).Message);
    }

    CertificateAuthority Open(out bool made) => CertificateAuthority.OpenOrMake(_folder, TimeProvider.System, out made);
}
