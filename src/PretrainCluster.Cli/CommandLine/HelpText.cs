using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace PretrainCluster.Cli.CommandLine;

/// <summary>The root's grouped overview; for a verb, the library's help followed by the verb's examples.</summary>
sealed class HelpText(HelpAction standard) : SynchronousCommandLineAction
{
    const int NameColumn = 20;

    static readonly IReadOnlyDictionary<VerbGroup, string> Titles = new Dictionary<VerbGroup, string>
    {
        [VerbGroup.Start] = "Start here",
        [VerbGroup.Data] = "Data",
        [VerbGroup.Runs] = "Runs",
        [VerbGroup.Encoders] = "Encoders",
        [VerbGroup.Machine] = "This machine",
    };

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parse)
    {
        var output = parse.Output();
        if (parse.CommandResult.Command is RootCommand root)
        {
            WriteOverview(root, output);
            return Entry.Done;
        }

        standard.Invoke(parse);
        if (parse.CommandResult.Command is Verb { Examples.Count: > 0 } verb)
            WriteExamples("Examples:", verb.Examples, output);
        return Entry.Done;
    }

    /// <summary>"pretrain data import" for the command import.</summary>
    public static string PathOf(Command command) =>
        command is RootCommand ? "pretrain" : $"{PathOf(command.Parents.OfType<Command>().First())} {command.Name}";

    static void WriteOverview(RootCommand root, TextWriter output)
    {
        output.WriteLine(root.Description);
        output.WriteLine();
        output.WriteLine("Usage: pretrain COMMAND [options]");
        output.WriteLine("       pretrain COMMAND --help      what a command takes, with examples");

        foreach (var group in root.Subcommands.Where(c => !c.Hidden).GroupBy(c => c is Verb verb ? verb.Group : VerbGroup.Machine).OrderBy(g => g.Key))
        {
            output.WriteLine();
            output.WriteLine($"{Titles[group.Key]}:");
            foreach (var command in group.SelectMany(Leaves))
                WriteRow(PathOf(command)["pretrain ".Length..], command.Description ?? "", output);
        }

        var examples = root.Subcommands.SelectMany(Leaves).OfType<Verb>().OrderBy(v => v.Group).Select(v => v.Examples.FirstOrDefault()).OfType<Example>().ToList();
        if (examples.Count > 0)
            WriteExamples("Examples:", examples, output);

        output.WriteLine();
        output.WriteLine("Exit codes: 0 done, 1 failed, 2 the input cannot be used, 130 interrupted.");
        output.WriteLine("PRETRAIN_TRACE=1 adds the stack trace to an error.");
    }

    static IEnumerable<Command> Leaves(Command command) =>
        command.Subcommands.Count == 0 ? [command] : command.Subcommands.SelectMany(Leaves);

    static void WriteRow(string name, string description, TextWriter output) =>
        output.WriteLine($"  {name.PadRight(NameColumn)} {description}");

    static void WriteExamples(string title, IReadOnlyList<Example> examples, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine(title);
        foreach (var example in examples)
        {
            output.WriteLine($"  {example.Line}");
            output.WriteLine($"      {example.Meaning}");
        }
    }
}
