using System.CommandLine;
using PretrainCluster.Cli.CommandLine;

namespace PretrainCluster.Cli.Data;

/// <summary><c>pretrain data</c>: datasets from skeleton files, and what is in them.</summary>
public static class DataCommand
{
    public static Command Create() => new Verb("data", "datasets from skeleton files, and what is in them")
    {
        ImportCommand.Create(),
        InspectCommand.Create(),
        VerifyCommand.Create(),
    };
}
