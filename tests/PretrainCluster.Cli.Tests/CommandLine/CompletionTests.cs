using System.Diagnostics;
using PretrainCluster.Cli.CommandLine;
using PretrainCluster.Cli.Tests.Reports;

namespace PretrainCluster.Cli.Tests.CommandLine;

public sealed class CompletionTests : IDisposable
{
    readonly string _runs = Directory.CreateTempSubdirectory("completed").FullName;

    public void Dispose() => Directory.Delete(_runs, recursive: true);

    [Theory]
    [InlineData("show --runs {0} ")]
    [InlineData("evaluate --runs {0} ")]
    [InlineData("compare --runs {0} ")]
    [InlineData("pull --runs {0} ")]
    public void Completions_WhereARunIsExpected_AreTheNamesOfRuns(string line)
    {
        SampleRun.Write(_runs);
        line = string.Format(line, _runs);
        Assert.Contains("utd-mhad-mae-small", Verbs.Root().Parse(line).GetCompletions(line.Length).Select(found => found.Label));
    }

    [Fact]
    public void Completions_RunThatIsDamaged_LeaveTheOthers()
    {
        SampleRun.Write(_runs);
        var damaged = Directory.CreateDirectory(Path.Combine(_runs, "damaged")).FullName;
        File.WriteAllText(Path.Combine(damaged, "run.json"), "{");
        File.WriteAllText(Path.Combine(damaged, "plan.yaml"), "{");
        var line = $"pull --runs {_runs} ";
        Assert.Contains("utd-mhad-mae-small", Verbs.Root().Parse(line).GetCompletions(line.Length).Select(found => found.Label));
    }

    [Fact]
    public void Completions_NoSuchFolder_AreOptionsAlone()
    {
        var line = $"show --runs {_runs}/nowhere ";
        Assert.All(Verbs.Root().Parse(line).GetCompletions(line.Length), found => Assert.Matches("^[-/]", found.Label));
    }

    [Theory]
    [InlineData("pretrain ru", "run runs")]
    [InlineData("pretrain pull ru", "run runs")]
    [InlineData("pretrain pull model:", "best last")]
    [InlineData("pretrain pull model:b", "best")]
    [InlineData("pretrain pull unknown", "")]
    public async Task Bash_TheWordAtTheCursor_IsCompletedAlsoAfterAColon(string line, string expected)
    {
        var output = new StringWriter();
        await Entry.Run(Verbs.Root(), ["completion", "bash"], output, TextWriter.Null);
        // A stand-in for the program, which answers the same to every line.
        var script = $"""
            pretrain() (printf '%s\n' run runs model:best model:last)
            {output}
            COMP_LINE='{line}' COMP_POINT={line.Length}
            _pretrain pretrain
            echo "${"{COMPREPLY[*]}"}"
            """;
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true })!;
        Assert.Equal(expected, (await bash.StandardOutput.ReadToEndAsync()).TrimEnd());
    }
}
