using System.CommandLine;
using PretrainCluster.Cli.CommandLine;
using PretrainCluster.Core;

namespace PretrainCluster.Cli.Tests.CommandLine;

public class EntryTests
{
    [Fact]
    public async Task Run_InputException_PrintsTheMessageAloneAndExitsWith2()
    {
        var (code, output, error) = await Run(_ => throw new InputException("plan.yaml, line 3: no such key"));

        Assert.Equal(2, code);
        Assert.Equal("", output);
        Assert.Equal("plan.yaml, line 3: no such key\n", error);
    }

    [Fact]
    public async Task Run_AnyOtherException_ExitsWith1WithoutAStackTrace()
    {
        var (code, _, error) = await Run(_ => throw new IOException("No space left on device"));

        Assert.Equal(1, code);
        Assert.StartsWith("error: No space left on device\n", error);
        Assert.DoesNotContain("   at ", error);
    }

    [Fact]
    public async Task Run_Interrupted_ExitsWith130()
    {
        using var source = new CancellationTokenSource();
        var (code, _, error) = await Run(
            token =>
            {
                source.Cancel();
                token.ThrowIfCancellationRequested();
                return Task.FromResult(0);
            },
            source.Token);

        Assert.Equal(130, code);
        Assert.Equal("interrupted\n", error);
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("work", "--unknown")]
    [InlineData("work", "--number", "many")]
    [InlineData("work", "left", "over")]
    public async Task Run_LineThatDoesNotParse_ExitsWith2AndNamesTheHelp(params string[] line)
    {
        var (code, output, error) = await Run(_ => Task.FromResult(0), arguments: line);

        Assert.Equal(2, code);
        Assert.Equal("", output);
        Assert.Contains("--help` shows what it takes", error);
    }

    [Theory]
    [InlineData("pretrain: 'wrok' is not a command; did you mean work?", "wrok", "left")]
    [InlineData("pretrain: 'unlike' is not a command", "unlike")]
    [InlineData("pretrain work: --numbre is not an option here; did you mean --number?", "work", "--numbre", "3", "left")]
    [InlineData("pretrain group: 'frist' is not a command; did you mean first?", "group", "frist")]
    public async Task Run_WordThatIsNotKnown_IsNamedOnceWithWhatMayBeMeant(string reason, params string[] line)
    {
        var (code, _, error) = await Run(_ => Task.FromResult(0), arguments: line);

        Assert.Equal(2, code);
        Assert.Equal([reason, error.Split('\n')[1]], error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("--ver", "--version")]
    [InlineData("work --num", "--number")]
    public async Task Run_CompletionOfAnOptionThatIsBegun_IsNotRefused(string line, string expected)
    {
        var (code, output, _) = await Run(_ => Task.FromResult(7), arguments: [$"[suggest:{line.Length}]", line]);
        Assert.Equal((0, expected), (code, output.Trim()));
    }

    [Fact]
    public async Task Run_HelpOfACommand_IsThatOfItsOption()
    {
        var (code, output, _) = await Run(_ => Task.FromResult(7), arguments: ["help", "work"]);
        Assert.Equal(0, code);
        Assert.Equal((await Run(_ => Task.FromResult(7), arguments: ["work", "--help"])).Output, output);
    }

    [Fact]
    public async Task Run_VerbWithoutItsSubcommand_NamesThem()
    {
        var (code, _, error) = await Run(_ => Task.FromResult(0), arguments: ["group"]);

        Assert.Equal(2, code);
        Assert.Contains("one of first, second", error);
    }

    [Fact]
    public async Task Run_ExitCodeOfTheVerb_IsPassedOn()
    {
        var (code, _, _) = await Run(_ => Task.FromResult(7));
        Assert.Equal(7, code);
    }

    static async Task<(int Code, string Output, string Error)> Run(Func<CancellationToken, Task<int>> action, CancellationToken cancellation = default, string[]? arguments = null)
    {
        var work = new Verb("work", "works");
        work.Add(new Option<int>("--number"));
        work.SetAction((_, token) => action(token));
        var group = new Verb("group", "groups") { new Verb("first", "one"), new Verb("second", "two") };

        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await Entry.Run(new RootCommand { work, group }, arguments ?? ["work"], output, error, cancellation);
        return (code, output.ToString(), error.ToString());
    }
}
