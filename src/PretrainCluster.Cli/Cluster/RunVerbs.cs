namespace PretrainCluster.Cli.Cluster;

/// <summary>Verbs that tell whoever works on a run what to do with it.</summary>
public static class RunVerbs
{
    /// <summary>
    /// <c>pretrain pause RUN</c>: a checkpoint at the next step boundary; then its workers end, and the run waits.
    /// </summary>
    public static Command Pause() => Telling("pause", "let a run wait, its workers ended and its devices free",
        new("pretrain pause demo", "a checkpoint, then nothing until `pretrain resume demo`"),
        (run, _) => new PauseRun(run));

    /// <summary><c>pretrain resume RUN</c>: lets a paused run go on.</summary>
    public static Command Resume() => Telling("resume", "let a paused run go on",
        new("pretrain resume demo", "new workers, from the checkpoint of the pause"), (run, _) => new ResumeRun(run));

    /// <summary><c>pretrain cancel RUN</c>: a checkpoint at the next step boundary, and the end.</summary>
    public static Command Cancel()
    {
        var reason = new Option<string>("--reason")
        {
            Description = "recorded with the run",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "cancelled",
        };
        return Telling("cancel", "end a run that is going on, with a checkpoint of its last step",
            new("pretrain cancel demo --reason \"wrong learning rate\"",
                "what began the run goes on with it, should it be wanted after all"),
            (run, parse) => new CancelRun(run, parse.GetRequiredValue(reason)), reason);
    }

    /// <summary>
    /// <c>pretrain scale RUN --workers N</c>: more or fewer workers from the next step boundary on; what the run
    /// computes stays the same.
    /// </summary>
    public static Command Scale()
    {
        var workers = new Option<int>("--workers")
        {
            Description = "worker processes, from the plan's workers.min to its workers.max",
            HelpName = "N",
            Required = true,
        };
        return Telling("scale", "give a run that is going on more or fewer workers",
            new("pretrain scale demo --workers 1",
                "one of two workers leaves at the next step; the weights end up the same"),
            (run, parse) => new ScaleRun(run, parse.GetValue(workers)), workers);
    }

    static Verb Telling(
        string name, string description, Example example, Func<string, ParseResult, UserRequest> request,
        Option? option = null)
    {
        var command = new Verb(name, description) { Group = VerbGroup.Runs, Examples = [example] };
        var run = new RunArguments().AddTo(command);
        if (option is not null)
            command.Add(option);
        command.SetAction((parse, cancellation) => run.TellAsync(parse, name => request(name, parse), cancellation));
        return command;
    }
}
