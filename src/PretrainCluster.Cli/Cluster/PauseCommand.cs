namespace PretrainCluster.Cli.Cluster;

/// <summary><c>pretrain pause RUN</c>: a checkpoint at the next step boundary; then its workers end, and the run waits.</summary>
public static class PauseCommand
{
    public static Command Create()
    {
        var command = new Verb("pause", "let a run wait, its workers ended and its devices free")
        {
            Group = VerbGroup.Runs,
            Examples = [new("pretrain pause demo", "a checkpoint, then nothing until `pretrain resume demo`")],
        };
        var run = new RunArguments().AddTo(command);
        command.SetAction((parse, cancellation) => run.TellAsync(parse, name => new PauseRun(name), cancellation));
        return command;
    }
}
