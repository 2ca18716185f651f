namespace PretrainCluster.Cli.Cluster;

/// <summary><c>pretrain resume RUN</c>: lets a paused run go on.</summary>
public static class ResumeCommand
{
    public static Command Create()
    {
        var command = new Verb("resume", "let a paused run go on")
        {
            Group = VerbGroup.Runs,
            Examples = [new("pretrain resume demo", "new workers, from the checkpoint of the pause")],
        };
        var run = new RunArguments().AddTo(command);
        command.SetAction((parse, cancellation) => run.TellAsync(parse, name => new ResumeRun(name), cancellation));
        return command;
    }
}
