using System.CommandLine;
using PretrainCluster.Cli.CommandLine;

namespace PretrainCluster.Cli.Tests.CommandLine;

public class VerbsTests
{
    public static TheoryData<string> Examples =>
        [.. Leaves(Verbs.Root()).OfType<Verb>().SelectMany(v => v.Examples).Select(e => e.Line)];

    public static TheoryData<string> Paths =>
        [.. Leaves(Verbs.Root()).Select(c => string.Join(' ', Path(c)))];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Example_OfAnyVerb_Parses(string line)
    {
        Assert.StartsWith("pretrain ", line);
        Assert.Empty(Verbs.Root().Parse(line["pretrain ".Length..]).Errors);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Help_OfAnyVerb_ShowsItsExamples(string path)
    {
        var output = await Help([.. path.Split(' '), "--help"]);

        Assert.Contains($"pretrain {path}", output);
        Assert.Contains("Examples:", output);
    }

    [Fact]
    public void Version_InShort_IsTheSameOption() =>
        Assert.Equal(Verbs.Root().Parse("--version").Action?.GetType(), Verbs.Root().Parse("-v").Action?.GetType());

    [Fact]
    public async Task Help_OfTheRoot_ListsEveryVerbWithWhatItDoes()
    {
        var output = await Help([]);

        foreach (var verb in Leaves(Verbs.Root()))
            Assert.Matches($@"\n  {string.Join(' ', Path(verb))} +\S", output);
    }

    [Fact]
    public async Task Help_OfTheRoot_FitsATerminalOf120Columns() =>
        Assert.All((await Help([])).Split('\n'), line => Assert.InRange(line.Length, 0, 120));

    static async Task<string> Help(string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        Assert.Equal(0, await Entry.Run(Verbs.Root(), arguments, output, error));
        Assert.Equal("", error.ToString());
        return output.ToString();
    }

    static IEnumerable<Command> Leaves(Command command) =>
        command.Subcommands.Count == 0 ? [command] : command.Subcommands.SelectMany(Leaves);

    static IEnumerable<string> Path(Command command) =>
        command is RootCommand ? [] : Path(command.Parents.OfType<Command>().First()).Append(command.Name);
}
