using System.CommandLine.Help;
using PretrainCluster.Cli.Tables;

namespace PretrainCluster.Cli.CommandLine;

/// <summary>The commands of <c>pretrain</c>. A new one is a line here; help and tests find it.</summary>
public static class Verbs
{
    public static RootCommand Root()
    {
        var root = new RootCommand("Pretrains self-supervised encoders of human skeleton motion, and evaluates them.")
        {
            DemoCommand.Create(),
            DataCommand.Create(),
            RunCommand.Create(),
            TableCommand.Create(),
            SubmitCommand.Create(),
            PlanCommand.Create(),
            RunsCommand.Create(),
            ShowCommand.Create(),
            CheckpointsCommand.Create(),
            WorkersCommand.Create(),
            RunVerbs.Scale(),
            RunVerbs.Pause(),
            RunVerbs.Resume(),
            RunVerbs.Cancel(),
            EvaluateCommand.Create(),
            FuseCommand.Create(),
            CompareCommand.Create(),
            EmbedCommand.Create(),
            TagCommand.Create(),
            TagCommand.CreateRemoval(),
            PullCommand.Create(),
            BaselinesCommand.Create(),
            NodeCommand.Create(),
            ClusterCommand.Create(),
            DoctorCommand.Create(),
            Completion.Create(),
        };
        Completion.AddNames(root);

        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpText((HelpAction)help.Action!);
        root.Options.OfType<VersionOption>().Single().Aliases.Add("-v");
        return root;
    }
}

/// <summary>The groups of the root's help, in their order.</summary>
public enum VerbGroup
{
    Start,
    Data,
    Runs,
    Encoders,
    Machine,
}

/// <summary>A line to type, and what it does; both are shown by --help, and a test parses every one.</summary>
public sealed record Example(string Line, string Meaning);

/// <summary>
/// A command with its place in the root's help and examples to learn from. A verb's action is set with
/// <c>SetAction((parse, cancellation) => Task&lt;int&gt;)</c>, writes to <c>parse.Output()</c> and returns the exit code.
/// </summary>
public sealed class Verb(string name, string description) : Command(name, description)
{
    public VerbGroup Group { get; init; }

    public IReadOnlyList<Example> Examples { get; init; } = [];
}

static class ParseResults
{
    public static TextWriter Output(this ParseResult parse) => parse.InvocationConfiguration.Output;
}

/// <summary>The folder that holds the runs, the same option for every verb.</summary>
public static class RunsOption
{
    public static Option<string> Create() =>
        new("--runs") { Description = "folder that holds the runs", HelpName = "FOLDER", DefaultValueFactory = _ => "runs", Recursive = true };
}
