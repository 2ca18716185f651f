using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PretrainCluster.Training.Exchange;

/// <summary>TLS between the members: each shows a certificate, and each checks the other's.</summary>
/// <param name="Certificate">this member's, with its private key</param>
/// <param name="Authorities">those that must have signed a peer's certificate; names are not compared, since the generation's secret says who is who</param>
public sealed record ExchangeTls(X509Certificate2 Certificate, X509Certificate2Collection Authorities)
{
    internal SslClientAuthenticationOptions Caller(string host) => new()
    {
        TargetHost = host,
        ClientCertificates = [Certificate],
        RemoteCertificateValidationCallback = Verify,
    };

    internal SslServerAuthenticationOptions Listener() => new()
    {
        ServerCertificate = Certificate,
        ClientCertificateRequired = true,
        RemoteCertificateValidationCallback = Verify,
    };

    bool Verify(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
            return false;
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(Authorities);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        try
        {
            using var copy = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
            return own.Build(copy);
        }
        catch (CryptographicException)
        {
            // What cannot be checked is not let in; on a thread that accepts, the exception would end the process.
            return false;
        }
    }
}
