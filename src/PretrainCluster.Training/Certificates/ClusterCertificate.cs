using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PretrainCluster.Core.Coordination;

namespace PretrainCluster.Training.Certificates;

/// <summary>
/// The certificate of a node or a user, with its private key and the authority that must have signed every peer's: one
/// PEM file. Both planes of a cluster and its users speak TLS through it, and each end checks the other's certificate.
/// </summary>
public sealed class ClusterCertificate : IDisposable
{
    const int MostBytes = 64 << 10;
    const string ServerUse = "1.3.6.1.5.5.7.3.1", ClientUse = "1.3.6.1.5.5.7.3.2";

    readonly SslStreamCertificateContext _context;

    ClusterCertificate(
        string file, X509Certificate2 certificate, X509Certificate2 authority, CertificateIdentity identity)
    {
        (File, Certificate, Authority, Identity) = (file, certificate, authority, identity);
        _context = SslStreamCertificateContext.Create(certificate, null, offline: true);
    }

    public string File { get; }

    public X509Certificate2 Certificate { get; }

    public X509Certificate2 Authority { get; }

    public CertificateIdentity Identity { get; }

    /// <summary>
    /// Reads NAME.pem as `pretrain cluster certificates` writes it: certificate, private key, the authority's
    /// certificate.
    /// </summary>
    /// <exception cref="InputException">It cannot be read, holds something else, others may read its key, or it has
    /// expired.</exception>
    public static ClusterCertificate Read(string file)
    {
        var certificate = ReadAtAnyAge(file);
        if (certificate.Certificate.NotAfter >= DateTime.Now && certificate.Certificate.NotBefore <= DateTime.Now)
            return certificate;
        using (certificate)
            throw new InputException(
                $"{file}: the certificate is valid from {certificate.Certificate.NotBefore:yyyy-MM-dd} to "
                    + $"{certificate.Certificate.NotAfter:yyyy-MM-dd} only; "
                + "`pretrain cluster certificates --to FOLDER` renews it where the authority's key is");
    }

    internal static ClusterCertificate ReadAtAnyAge(string file)
    {
        try
        {
            if (new FileInfo(file).Length > MostBytes)
                throw new InputException($"{file}: longer than any certificate");
            if (!OperatingSystem.IsWindows()
                && (System.IO.File.GetUnixFileMode(file) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
                throw new InputException(
                    $"{file}: every user of this machine may read or write this private key; `chmod 600 {file}` "
                        + "changes that");
            var pem = System.IO.File.ReadAllText(file);
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(pem);
            if (certificates.Count != 2)
                throw new InputException(
                    $"{file}: {certificates.Count} certificates; a node's or a user's file holds its own, its "
                        + "private key, and its authority's");
            var identity = CertificateIdentity.Of(certificates[0])
                ?? throw new InputException(
                $"{file}: the certificate's subject names no owner (CN) and role (OU: node, viewer, researcher or "
                    + "operator)");
            return new ClusterCertificate(file, X509Certificate2.CreateFromPem(pem, pem), certificates[1], identity);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{file}: the certificate cannot be read: {failure.Message}", failure);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            throw new InputException($"{file}: no certificate with its private key in PEM: {failure.Message}", failure);
        }
    }

    /// <summary>Calls a node: the stream is encrypted once this returns.</summary>
    /// <param name="inner">stays the caller's</param>
    /// <param name="host">name or address that the node's certificate must be for</param>
    /// <exception cref="AuthenticationException">The node is not who was to be called, or does not take this one; says
    /// why.</exception>
    public SslStream Call(Stream inner, string host)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = host, ClientCertificateContext = _context };
        return Authenticate(inner, (tls, validate) =>
        {
            options.RemoteCertificateValidationCallback = validate;
            tls.AuthenticateAsClient(options);
        }, (peer, errors) => WhyNoNode(peer, errors, host));
    }

    /// <summary>Is called by a node.</summary>
    /// <exception cref="AuthenticationException">It is none of this cluster; says why.</exception>
    public SslStream AcceptNode(Stream inner) => Accept(inner, (peer, errors) => WhyNoNode(peer, errors, ""));

    /// <summary>
    /// Is called by a user, or by whoever has a certificate of the cluster: what the role allows is for the caller to
    /// ask.
    /// </summary>
    /// <exception cref="AuthenticationException">It shows no certificate of this cluster that is valid; says
    /// why.</exception>
    public (SslStream Stream, User User) AcceptUser(Stream inner)
    {
        var stream = Accept(inner, (peer, _) => WhyNot(peer, ClientUse));
        using var peer = X509CertificateLoader.LoadCertificate(stream.RemoteCertificate!.GetRawCertData());
        var identity = CertificateIdentity.Of(peer)!;
        return (stream, new User(identity.Name, identity.Role));
    }

    /// <summary>Why a peer is no node of this cluster; null where it is.</summary>
    /// <param name="errors">what TLS itself found; of interest is whether the names fit, which only a caller can
    /// tell</param>
    /// <param name="host">that was called; for the reason</param>
    public string? WhyNoNode(X509Certificate? peer, SslPolicyErrors errors, string host)
    {
        if (WhyNot(peer, host.Length > 0 ? ServerUse : ClientUse, onlyNodes: true) is { } reason)
            return reason;
        using var copy = X509CertificateLoader.LoadCertificate(peer!.GetRawCertData());
        var identity = CertificateIdentity.Of(copy)!;
        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            && !identity.Hosts.Contains(CertificateIdentity.AnyHost)
            ? $"the certificate of {identity.Name} is for {string.Join(", ", identity.Hosts)}, not for {host}" : null;
    }

    public void Dispose()
    {
        Certificate.Dispose();
        Authority.Dispose();
    }

    SslStream Accept(Stream inner, Func<X509Certificate?, SslPolicyErrors, string?> whyNot)
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = _context,
            ClientCertificateRequired = true,
        };
        return Authenticate(inner, (tls, validate) =>
        {
            options.RemoteCertificateValidationCallback = validate;
            tls.AuthenticateAsServer(options);
        }, whyNot);
    }

    static SslStream Authenticate(
        Stream inner, Action<SslStream, RemoteCertificateValidationCallback> shake,
        Func<X509Certificate?, SslPolicyErrors, string?> whyNot)
    {
        string? reason = null;
        var tls = new SslStream(inner, leaveInnerStreamOpen: true);
        try
        {
            shake(tls, (_, peer, _, errors) => (reason = whyNot(peer, errors)) is null);
            return tls;
        }
        catch (Exception failure)
        {
            tls.Dispose();
            // Cryptographic: its own certificate was given up meanwhile, by a process that ends. On the thread of one
            // caller that may not end the process in another way.
            if (reason is not null || failure is AuthenticationException or CryptographicException)
                throw new AuthenticationException(
                    reason
                    ?? $"the other end does not take this certificate, or does not speak TLS "
                        + $"({failure.GetBaseException().Message})", failure);
            throw;
        }
    }

    /// <summary>
    /// Why a certificate is none of this cluster's; null where it is. Who it is for is not looked at.
    /// </summary>
    string? WhyNot(X509Certificate? shown, string use, bool onlyNodes = false)
    {
        if (shown is null)
            return "it shows no certificate";
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(Authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(use));
        try
        {
            using var peer = X509CertificateLoader.LoadCertificate(shown.GetRawCertData());
            var subject = CertificateIdentity.Shown(peer);
            var good = chain.Build(peer);
            var status = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
            if (good || status == X509ChainStatusFlags.NotValidForUsage)
            {
                return CertificateIdentity.Of(peer) is not { } identity
                    ? $"the certificate of {subject} names no single owner and role"
                    : onlyNodes && identity.Role != Role.Node
                        ? $"the certificate of {identity.Name} is for the role "
                            + $"{CertificateIdentity.NameOf(identity.Role)}: only nodes speak here"
                    : good ? null : $"the certificate of {identity.Name} is not for this use";
            }
            const X509ChainStatusFlags Foreign = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot
                | X509ChainStatusFlags.NotSignatureValid;
            return (status & Foreign) != 0
                ? $"the certificate of {subject} is of another authority"
                : status.HasFlag(X509ChainStatusFlags.NotTimeValid)
                    ? $"the certificate of {subject} is valid from {peer.NotBefore:yyyy-MM-dd} to "
                        + $"{peer.NotAfter:yyyy-MM-dd} only"
                    : $"the certificate of {subject} is not valid here ({status})";
        }
        catch (CryptographicException malformed)
        {
            // What cannot be checked is not let in; on a thread that accepts, the exception would end the process.
            return $"its certificate cannot be checked: {malformed.Message}";
        }
    }
}
