using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PretrainCluster.Core.Coordination;

namespace PretrainCluster.Training.Certificates;

/// <summary>
/// What a certificate of the cluster says of its owner. The role is the subject's organisational unit (OU): every tool
/// shows it, and an organisation's own authority can issue it, which it could not with an object identifier of this
/// project's.
/// </summary>
/// <param name="Name">the subject's common name: a user's, or a node's first name or address</param>
/// <param name="Hosts">names and addresses at which a node is reached; <see cref="AnyHost"/> for all</param>
public sealed record CertificateIdentity(string Name, Role Role, IReadOnlyList<string> Hosts)
{
    /// <summary>
    /// Among a node's names: it may be reached at any address, as containers are whose addresses are not known
    /// beforehand.
    /// </summary>
    public const string AnyHost = "*";

    const string CommonName = "2.5.4.3", OrganizationalUnit = "2.5.4.11";
    const int MostShown = 64;

    /// <summary>Null where the subject has no single name and role.</summary>
    public static CertificateIdentity? Of(X509Certificate2 certificate)
    {
        try
        {
            var parts = certificate.SubjectName.EnumerateRelativeDistinguishedNames().ToList();
            var names = parts.Where(part => part.GetSingleElementType().Value == CommonName).ToList();
            var units = parts.Where(part => part.GetSingleElementType().Value == OrganizationalUnit).ToList();
            return names.Count == 1 && units.Count == 1 && names[0].GetSingleElementValue() is { Length: > 0 } name
                && units[0].GetSingleElementValue() is { } unit
                    && Enum.GetValues<Role>().Where(role => NameOf(role) == unit).Select(role => (Role?)role)
                    .FirstOrDefault() is { } known
                ? new(name, known, HostsOf(certificate)) : null;
        }
        catch (Exception malformed) when (
            malformed is CryptographicException or AsnContentException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>As it stands in certificates and is typed.</summary>
    public static string NameOf(Role role) => role.ToString().ToLowerInvariant();

    /// <summary>A stranger's subject for a log: short, and on one line.</summary>
    internal static string Shown(X509Certificate2 certificate) =>
        new([.. certificate.Subject.Take(MostShown).Select(c => char.IsControl(c) ? '?' : c)]);

    static IReadOnlyList<string> HostsOf(X509Certificate2 certificate)
    {
        if (certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is not { } names)
            return [];
        return [.. names.EnumerateDnsNames(), .. names.EnumerateIPAddresses().Select(address => address.ToString())];
    }

    internal X500DistinguishedName ToSubject()
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(Name);
        subject.AddOrganizationalUnitName(NameOf(Role));
        return subject.Build();
    }

    internal X509Extension ToAlternativeName()
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in Hosts)
        {
            if (IPAddress.TryParse(host, out var address))
                names.AddIpAddress(address);
            else
                names.AddDnsName(host);
        }
        return names.Build();
    }
}

/// <summary>
/// Says what was refused, each reason once: a stranger must not be able to fill a disk. Safe for several threads.
/// </summary>
public sealed class Refusals(Action<string> say)
{
    const int Most = 1000;

    readonly HashSet<string> _noted = [];

    public void Note(string reason)
    {
        lock (_noted)
        {
            if (_noted.Count >= Most || !_noted.Add(reason))
                return;
        }
        say(reason);
    }
}
