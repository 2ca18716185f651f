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

/// <summary>A run that somebody is working on, here or in a cluster: the same argument and options for every verb that acts on one.</summary>
sealed class RunArguments
{
    readonly Argument<string> _run = new("RUN") { Description = "a run's name, or the path of its folder" };
    readonly Option<string> _runs = RunsOption.Create();
    readonly ClusterArguments _cluster = ClusterArguments.Optional();

    public RunArguments AddTo(Command command)
    {
        command.Add(_run);
        command.Add(_runs);
        _cluster.AddTo(command);
        return this;
    }

    /// <summary>Asks the host that works on the run, or the cluster's coordinator.</summary>
    /// <param name="request">made for the run's name</param>
    /// <exception cref="InputException">There is no such run, nobody works on it, or the host refuses; says why.</exception>
    public async Task<UserReply> AskAsync(ParseResult parse, Func<string, UserRequest> request, CancellationToken cancellation)
    {
        using var cluster = _cluster.Open(parse);
        if (cluster is not null)
            return await cluster.AskAsync(request(parse.GetRequiredValue(_run)), cancellation);
        var folder = RunFolder.Open(parse.GetRequiredValue(_runs), parse.GetRequiredValue(_run));
        var reply = UserLink.Ask(folder.Path, request(folder.ReadInfo().Name));
        return reply is Refused refused ? throw new InputException(refused.Reason) : reply;
    }

    /// <summary>Asks, and says what the answer is.</summary>
    public async Task<int> TellAsync(ParseResult parse, Func<string, UserRequest> request, CancellationToken cancellation)
    {
        if (await AskAsync(parse, request, cancellation) is Accepted accepted)
            parse.Output().WriteLine(accepted.Text);
        return Entry.Done;
    }
}
