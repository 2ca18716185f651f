using PretrainCluster.Actors.Nodes;
using PretrainCluster.Training.Certificates;

namespace PretrainCluster.Cli.Cluster;

/// <summary>What every verb that can act on a cluster takes: which one, and as whom.</summary>
sealed class ClusterArguments
{
    const string Variable = "PRETRAIN_CERTIFICATE";

    readonly Option<string?> _certificate = Certificate("your certificate");
    readonly Option<string?>? _cluster;
    readonly Argument<string>? _address;

    ClusterArguments(Option<string?>? cluster, Argument<string>? address) => (_cluster, _address) = (cluster, address);

    /// <summary>For a verb that acts on this machine where no cluster is named.</summary>
    public static ClusterArguments Optional() =>
        new(new("--cluster")
        {
            Description = "a cluster, named by any of its coordinator nodes, instead of this machine",
            HelpName = "HOST:PORT",
        }, null);

    /// <summary>For a verb that needs one.</summary>
    public static ClusterArguments Required() =>
        new(new("--cluster") { Description = "any coordinator node of the cluster", HelpName = "HOST:PORT", DefaultValueFactory = _ => "127.0.0.1:4053" }, null);

    /// <summary>For a verb that is about the cluster itself.</summary>
    public static ClusterArguments Itself() => new(null, new("HOST:PORT") { Description = "any coordinator node of the cluster", DefaultValueFactory = _ => "127.0.0.1:4053" });

    /// <param name="whose">whose certificate it is</param>
    public static Option<string?> Certificate(string whose) => new("--certificate")
    {
        Description =
            $"file with {whose}, as `pretrain cluster certificates` makes it; by default what {Variable} names. "
                + "Without one everything stays on loopback",
        HelpName = "FILE",
    };

    /// <summary>The certificate that an option or the environment names; null where neither does.</summary>
    /// <exception cref="InputException">It cannot be used.</exception>
    public static ClusterCertificate? Read(string? given) =>
        (given ?? Environment.GetEnvironmentVariable(Variable)) is { Length: > 0 } file ? ClusterCertificate.Read(file)
            : null;

    public ClusterArguments AddTo(Command command)
    {
        if (_address is not null)
            command.Add(_address);
        if (_cluster is not null)
            command.Add(_cluster);
        command.Add(_certificate);
        return this;
    }

    /// <summary>The cluster that is named; null where none is.</summary>
    /// <exception cref="InputException">Its address or the certificate cannot be used.</exception>
    public ClusterLink? Open(ParseResult parse)
    {
        if ((_address is not null ? parse.GetValue(_address) : parse.GetValue(_cluster!)) is not { } cluster)
            return null;
        var (host, port) = NodeEndpoint.Split(cluster);
        return new ClusterLink(host, port - 1, Read(parse.GetValue(_certificate)));
    }
}
