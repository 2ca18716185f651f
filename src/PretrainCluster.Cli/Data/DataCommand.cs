namespace PretrainCluster.Cli.Data;

/// <summary><c>pretrain data</c>: datasets from skeleton files, and what is in them.</summary>
public static class DataCommand
{
    public static Command Create()
    {
        var command = new Verb("data", "datasets from skeleton files, and what is in them") { Group = VerbGroup.Data };
        foreach (var verb in new[] { ImportCommand.Create(), InspectCommand.Create(), VerifyCommand.Create(), SynthesizeCommand.Create(), PushCommand.Create() })
            command.Add(verb);
        return command;
    }
}
