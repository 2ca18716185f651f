using System.CommandLine;
using PretrainCluster.Cli.CommandLine;
using PretrainCluster.Core;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Links;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Cli.Cluster;

/// <summary>A run that somebody is working on: the same argument and option for every verb that acts on one.</summary>
sealed class RunArguments
{
    readonly Argument<string> _run = new("RUN") { Description = "a run's name, or the path of its folder" };
    readonly Option<string> _runs = RunsOption.Create();

    public RunArguments AddTo(Command command)
    {
        command.Add(_run);
        command.Add(_runs);
        return this;
    }

    /// <summary>Asks the host that works on the run.</summary>
    /// <param name="request">made for the run's name</param>
    /// <exception cref="InputException">There is no such run, nobody works on it, or the host refuses; says why.</exception>
    public UserReply Ask(ParseResult parse, Func<string, UserRequest> request)
    {
        var folder = RunFolder.Open(parse.GetRequiredValue(_runs), parse.GetRequiredValue(_run));
        var reply = UserLink.Ask(folder.Path, request(folder.ReadInfo().Name));
        return reply is Refused refused ? throw new InputException(refused.Reason) : reply;
    }

    /// <summary>Asks, and says what the answer is.</summary>
    public int Tell(ParseResult parse, Func<string, UserRequest> request)
    {
        if (Ask(parse, request) is Accepted accepted)
            parse.InvocationConfiguration.Output.WriteLine(accepted.Text);
        return Entry.Done;
    }
}
