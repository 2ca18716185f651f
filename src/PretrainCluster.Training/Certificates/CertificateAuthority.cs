using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PretrainCluster.Core.Coordination;

namespace PretrainCluster.Training.Certificates;

/// <summary>
/// A cluster's authority: a folder with its certificate (ca.pem), its key (ca.key), which only issuing needs, and a
/// file for each node and user that it has issued. An authority that is there is never replaced.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    public const string CertificateName = "ca.pem", KeyName = "ca.key";

    const string Extension = ".pem", ServerUse = "1.3.6.1.5.5.7.3.1", ClientUse = "1.3.6.1.5.5.7.3.2";
    const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const int AuthorityYears = 10, MostName = 64, MostBytes = 64 << 10;

    // A clock that is behind must not find a new certificate invalid.
    static readonly TimeSpan s_clockSkew = TimeSpan.FromHours(1);

    readonly string _folder;
    readonly X509Certificate2 _authority;
    readonly TimeProvider _clock;

    CertificateAuthority(string folder, X509Certificate2 authority, TimeProvider clock) =>
        (_folder, _authority, _clock) = (folder, authority, clock);

    public DateTimeOffset NotAfter => _authority.NotAfter.ToUniversalTime();

    /// <summary>Opens the authority of a folder, to issue; makes it where the folder has none.</summary>
    /// <param name="made">whether it was made</param>
    /// <exception cref="InputException">Half of one is there, or it cannot be read or written.</exception>
    public static CertificateAuthority OpenOrMake(string folder, TimeProvider clock, out bool made)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException(
                "Certificates are made on Linux or macOS: their keys are protected by their files' modes.");
        var (certificate, key) = (Path.Combine(folder, CertificateName), Path.Combine(folder, KeyName));
        made = !File.Exists(certificate) && !File.Exists(key);
        try
        {
            if (made)
                Make(folder, clock);
            else if (!File.Exists(certificate) || !File.Exists(key))
                throw new InputException(
                    $"{folder}: an authority is {CertificateName} and {KeyName}, and "
                        + $"{(File.Exists(key) ? CertificateName : KeyName)} is missing; "
                    + "copy it here from where the authority was made, or choose an empty folder for a new cluster");
            return new CertificateAuthority(
                folder, X509Certificate2.CreateFromPem(ReadText(certificate), ReadText(key)), clock);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder}: {failure.Message}", failure);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            throw new InputException(
                $"{folder}: {CertificateName} and {KeyName} are no authority: {failure.Message}", failure);
        }
    }

    /// <summary>What is issued in a folder, by file name; needs no key.</summary>
    /// <exception cref="InputException">There is no such folder, or a file in it cannot be read.</exception>
    public static IReadOnlyList<ClusterCertificate> List(string folder)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"{folder}: there is no such folder");
        return [.. Directory.EnumerateFiles(folder, "*" + Extension)
            .Where(file => Path.GetFileName(file) != CertificateName).Order(StringComparer.Ordinal)
            .Select(ClusterCertificate.ReadAtAnyAge)];
    }

    /// <summary>The file that an owner's certificate has.</summary>
    /// <exception cref="InputException">The name cannot be one of a file or of a certificate.</exception>
    public string FileOf(CertificateIdentity identity)
    {
        var name = identity.Name == CertificateIdentity.AnyHost ? "any-node" : identity.Name.Replace(':', '_');
        if (name.Length is 0 or > MostName || name[0] is '.' or '-'
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '@')
            || name + Extension == CertificateName)
            throw new InputException(
                $"\"{identity.Name}\": a name is 1 to {MostName} letters, digits, '.', '-', '_' or '@', and begins "
                    + "with a letter or a digit");
        return Path.Combine(_folder, name + Extension);
    }

    /// <summary>Issues a certificate and its key, in the place of an older one of the same owner.</summary>
    /// <param name="lifetime">cut off at the authority's own end</param>
    /// <exception cref="InputException">The name is no name, somebody of another role has it, or the file cannot be
    /// written.</exception>
    public ClusterCertificate Issue(CertificateIdentity identity, TimeSpan lifetime)
    {
        var file = FileOf(identity);
        if (File.Exists(file))
        {
            using var before = ClusterCertificate.ReadAtAnyAge(file);
            if ((before.Identity.Role == Role.Node) != (identity.Role == Role.Node))
                throw new InputException(
                    $"{file} is the certificate of a {CertificateIdentity.NameOf(before.Identity.Role)}: choose "
                        + "another name, or remove the file");
        }
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(identity.ToSubject(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        // Users serve nobody.
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension(
            identity.Role == Role.Node ? [new Oid(ServerUse), new Oid(ClientUse)] : [new Oid(ClientUse)], true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_authority, true, false));
        if (identity.Hosts.Count > 0)
            request.CertificateExtensions.Add(identity.ToAlternativeName());
        var now = _clock.GetUtcNow();
        var (from, until) =
            (Later(now - s_clockSkew, _authority.NotBefore), now + lifetime < NotAfter ? now + lifetime : NotAfter);
        if (until <= from)
            throw new InputException(
                $"{_folder}: the authority itself has expired; make another in an empty folder, and give every node "
                    + "and user a certificate of that one");
        using var issued = request.Create(_authority, from, until, RandomNumberGenerator.GetBytes(16));
        WriteOwn(
            file, $"{issued.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n{_authority.ExportCertificatePem()}\n");
        return ClusterCertificate.ReadAtAnyAge(file);
    }

    public void Dispose() => _authority.Dispose();

    static void Make(string folder, TimeProvider clock)
    {
        Directory.CreateDirectory(folder);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=PretrainCluster authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = clock.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now - s_clockSkew, now.AddYears(AuthorityYears));
        WriteOwn(Path.Combine(folder, KeyName), key.ExportPkcs8PrivateKeyPem() + "\n");
        File.WriteAllText(Path.Combine(folder, CertificateName), certificate.ExportCertificatePem() + "\n");
    }

    static void WriteOwn(string file, string text)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException();
        var temporary = $"{file}.{Guid.NewGuid():N}";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            options.UnixCreateMode = OnlyOwner;
            using (var stream = new StreamWriter(new FileStream(temporary, options)))
                stream.Write(text);
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw new InputException($"{file}: cannot be written: {failure.Message}", failure);
        }
    }

    static string ReadText(string file) => new FileInfo(file).Length <= MostBytes ? File.ReadAllText(file)
        : throw new InputException($"{file}: longer than any certificate or key");

    static DateTimeOffset Later(DateTimeOffset one, DateTime other) =>
        one > other.ToUniversalTime() ? one : other.ToUniversalTime();
}
