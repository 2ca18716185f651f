using PretrainCluster.Core.Coordination;
using PretrainCluster.Training.Certificates;

namespace PretrainCluster.Cli.Cluster;

/// <summary>
/// <c>pretrain cluster certificates</c>: the cluster's authority, and what it issues to nodes and users.
/// </summary>
public static class CertificatesCommand
{
    const int MostDays = 3650;

    public static Command Create()
    {
        var to = new Option<string>("--to")
        {
            Description = "folder of the authority and of what it has issued; made where it is not there",
            HelpName = "FOLDER",
            Required = true,
        };
        var nodes = new Option<string[]>("--node")
        {
            Description =
                "a node's name or address, or several of one node, separated by commas, as others reach it; \"*\" "
                    + "for a certificate that is good at any address. May be repeated",
            HelpName = "NAMES",
        };
        var user = new Option<string?>("--user")
        {
            Description = "a user's name, which then stands with what they do",
            HelpName = "NAME",
        };
        var role = new Option<string?>("--role")
        {
            Description = "of the user: viewer (asks for status), researcher (submits, and acts on their own runs) "
                + "or operator (acts on all)",
            HelpName = "ROLE",
        };
        role.AcceptOnlyFromAmong("viewer", "researcher", "operator");
        var days = new Option<int>("--days")
        {
            Description = "how long what is issued is valid",
            HelpName = "N",
            DefaultValueFactory = _ => 365,
        };
        var within = new Option<int>("--renew-within")
        {
            Description = "renew what is valid for fewer days than this",
            HelpName = "N",
            DefaultValueFactory = _ => 30,
        };
        var list = new Option<bool>("--list") { Description = "issue nothing, and renew nothing" };
        var json = new Option<bool>("--json") { Description = "one JSON array instead of a table" };
        var command = new Verb("certificates", "make, renew and list the certificates of a cluster's nodes and users")
        {
            Group = VerbGroup.Machine,
            Examples =
            [
                new("pretrain cluster certificates --to certificates --node 10.0.0.1 --node 10.0.0.2 --node 10.0.0.3",
                    "an authority, and a certificate for each of three nodes"),
                new("pretrain cluster certificates --to certificates --user anna --role researcher",
                    "certificates/anna.pem, for --certificate"),
                new("pretrain cluster certificates --to certificates", "renews what expires within 30 days"),
                new("pretrain cluster certificates --to certificates --list",
                    "names, roles, and until when they are valid"),
            ],
        };
        foreach (var option in new Option[] { to, nodes, user, role, days, within, list, json })
            command.Add(option);
        command.SetAction((parse, _) =>
        {
            var (folder, name) = (parse.GetRequiredValue(to), parse.GetValue(user));
            if (name is null != parse.GetValue(role) is null)
                throw new InputException("certificates: --user and --role go together: --user anna --role researcher");
            if (parse.GetValue(days) is < 1 or > MostDays)
                throw new InputException($"certificates: --days is between 1 and {MostDays}");
            if (parse.GetValue(within) < 0 || parse.GetValue(within) >= parse.GetValue(days))
                throw new InputException("certificates: --renew-within is less than --days, and not less than 0");
            var asked = (parse.GetValue(nodes) ?? []).Select(NodeOf).ToList();
            if (name is not null)
                asked.Add(new CertificateIdentity(name, Enum.Parse<Role>(parse.GetValue(role)!, ignoreCase: true), []));
            var output = parse.Output();
            if (!parse.GetValue(list))
                Issue(
                    folder, asked, TimeSpan.FromDays(parse.GetValue(days)), TimeSpan.FromDays(parse.GetValue(within)),
                    parse.GetValue(json) ? TextWriter.Null : output);
            else if (asked.Count > 0)
                throw new InputException("certificates: --list issues nothing: leave --node and --user out");
            Write(folder, parse.GetValue(json), output);
            return Task.FromResult(Entry.Done);
        });
        return command;
    }

    static void Issue(
        string folder, List<CertificateIdentity> asked, TimeSpan lifetime, TimeSpan within, TextWriter output)
    {
        using var authority = CertificateAuthority.OpenOrMake(folder, TimeProvider.System, out var made);
        if (made)
            output.WriteLine(
                $"made an authority, valid until {Day(authority.NotAfter)}; whoever has "
                    + $"{folder}/{CertificateAuthority.KeyName} can issue: keep it off the nodes");
        var due = DateTimeOffset.UtcNow + within;
        if (authority.NotAfter < due)
            output.WriteLine(
                $"the authority itself is valid until {Day(authority.NotAfter)} only: make another in an empty "
                    + "folder, and give every node and user a certificate of that one");
        var there = Read(folder);
        foreach (var identity in asked)
            authority.FileOf(identity);
        var others = there.Select(entry => entry.Identity).Where(known => asked.All(other => other.Name != known.Name));
        foreach (var identity in asked.Concat(others))
        {
            var before = there.Find(entry => entry.Identity.Name == identity.Name);
            var same = before is not null && before.Identity.Role == identity.Role
                && before.Identity.Hosts.ToHashSet().SetEquals(identity.Hosts);
            if (same && (before!.NotAfter >= due || before.NotAfter >= authority.NotAfter))
                continue;
            using var issued = authority.Issue(identity, lifetime);
            output.WriteLine($"{(before is null ? "issued" : "renewed")} {issued.File}");
        }
    }

    static void Write(string folder, bool json, TextWriter output)
    {
        var entries = Read(folder);
        if (json)
        {
            output.WriteJson(entries.Select(entry => new
            {
                entry.Identity.Name,
                Role = CertificateIdentity.NameOf(entry.Identity.Role),
                entry.Identity.Hosts,
                entry.NotAfter,
                entry.File,
            }));
            return;
        }
        var table = new TextTable("name", "role", "reached as", "valid until", "file");
        foreach (var entry in entries)
            table.Add(
                entry.Identity.Name, CertificateIdentity.NameOf(entry.Identity.Role),
                string.Join(", ", entry.Identity.Hosts), Day(entry.NotAfter)
                + (entry.NotAfter < DateTimeOffset.UtcNow ? " EXPIRED" : ""), entry.File);
        table.Write(output);
    }

    static List<Issued> Read(string folder)
    {
        var entries = new List<Issued>();
        foreach (var certificate in CertificateAuthority.List(folder))
        {
            using (certificate)
                entries.Add(
                    new(certificate.Identity, certificate.Certificate.NotAfter.ToUniversalTime(), certificate.File));
        }
        return entries;
    }

    static CertificateIdentity NodeOf(string names)
    {
        var hosts = names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (hosts.FirstOrDefault(
            host => host != CertificateIdentity.AnyHost
            && Uri.CheckHostName(host) == UriHostNameType.Unknown) is { } wrong || hosts.Length == 0)
            throw new InputException(
                $"certificates: \"{names}\" is no name or address of a node; a port does not belong to it");
        return new CertificateIdentity(hosts[0], Role.Node, hosts);
    }

    static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    sealed record Issued(CertificateIdentity Identity, DateTimeOffset NotAfter, string File);
}
