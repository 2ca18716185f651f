namespace PretrainCluster.Cli.Cluster;

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
            parse.InvocationConfiguration.Output.WriteLine(accepted.Text);
        return Entry.Done;
    }
}
