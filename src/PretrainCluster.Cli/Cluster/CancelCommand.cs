namespace PretrainCluster.Cli.Cluster;

/// <summary><c>pretrain cancel RUN</c>: a checkpoint at the next step boundary, and the end.</summary>
public static class CancelCommand
{
    public static Command Create()
    {
        var reason = new Option<string>("--reason") { Description = "recorded with the run", HelpName = "TEXT", DefaultValueFactory = _ => "cancelled" };
        var command = new Verb("cancel", "end a run that is going on, with a checkpoint of its last step")
        {
            Group = VerbGroup.Runs,
            Examples = [new("pretrain cancel demo --reason \"wrong learning rate\"", "what began the run goes on with it, should it be wanted after all")],
        };
        var run = new RunArguments().AddTo(command);
        command.Add(reason);
        command.SetAction((parse, cancellation) => run.TellAsync(parse, name => new CancelRun(name, parse.GetRequiredValue(reason)), cancellation));
        return command;
    }
}
