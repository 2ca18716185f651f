namespace PretrainCluster.Cli.CommandLine;

/// <summary>The folder that holds the runs, the same option for every verb.</summary>
public static class RunsOption
{
    public static Option<string> Create() =>
        new("--runs") { Description = "folder that holds the runs", HelpName = "FOLDER", DefaultValueFactory = _ => "runs", Recursive = true };
}
