namespace PretrainCluster.Cli.Cluster;

/// <summary><c>pretrain scale RUN --workers N</c>: more or fewer workers from the next step boundary on; what the run computes stays the same.</summary>
public static class ScaleCommand
{
    public static Command Create()
    {
        var workers = new Option<int>("--workers") { Description = "worker processes, from the plan's workers.min to its workers.max", HelpName = "N", Required = true };
        var command = new Verb("scale", "give a run that is going on more or fewer workers")
        {
            Group = VerbGroup.Runs,
            Examples = [new("pretrain scale demo --workers 1", "one of two workers leaves at the next step; the weights end up the same")],
        };
        var run = new RunArguments().AddTo(command);
        command.Add(workers);
        command.SetAction((parse, cancellation) => run.TellAsync(parse, name => new ScaleRun(name, parse.GetValue(workers)), cancellation));
        return command;
    }
}
