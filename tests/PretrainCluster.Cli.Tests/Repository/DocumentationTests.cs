using System.Text.RegularExpressions;
using PretrainCluster.Cli.CommandLine;

namespace PretrainCluster.Cli.Tests.Repository;

/// <summary>What README.md and docs/ tell people to type is what the command takes.</summary>
public partial class DocumentationTests
{
    static readonly string[] NotTheCommands = ["bench", "faults", "simulate"];

    public static TheoryData<string, string> Lines
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var page in Pages())
                foreach (var line in CommandLines(File.ReadAllText(page)).Distinct())
                    data.Add(Path.GetRelativePath(Checkout.Root, page), line);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void CommandLine_OfADocumentation_Parses(string page, string line)
    {
        var reasons = Verbs.Root().Parse(line).Errors.Select(e => e.Message);
        Assert.True(!reasons.Any(), $"{page}: pretrain {line}: {string.Join("; ", reasons)}");
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void Plan_OfADocumentation_Exists(string page, string line)
    {
        foreach (var plan in PlanFile().Matches(line).Select(m => m.Value))
            Assert.True(File.Exists(Checkout.At(plan)), $"{page} names {plan}");
    }

    [Fact]
    public void Link_OfADocumentation_LeadsSomewhere()
    {
        foreach (var page in Pages())
            foreach (var target in Link().Matches(File.ReadAllText(page)).Select(m => m.Groups[1].Value).Where(t => !t.Contains("://") && t.Length > 0))
                Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, target)), $"{Path.GetFileName(page)} links to {target}");
    }

    [Fact]
    public void CommandLinePage_NamesEveryVerb()
    {
        var page = File.ReadAllText(Checkout.At("docs", "command-line.md"));
        var verbs = Verbs.Root().Subcommands.SelectMany(v => v.Subcommands.Count == 0 ? [v.Name] : v.Subcommands.Select(s => $"{v.Name} {s.Name}"));

        Assert.DoesNotContain(verbs, verb => !Regex.IsMatch(page, $@"(?m)^#+ .*\b{verb}\b"));
    }

    static IEnumerable<string> Pages() =>
        Directory.EnumerateFiles(Checkout.At("docs"), "*.md", SearchOption.AllDirectories).Append(Checkout.At("README.md")).Where(File.Exists);

    // Lines of code that begin with the command, or the machine to type it on, and code within a sentence; "..." and capitals stand for something else.
    static IEnumerable<string> CommandLines(string page) =>
        CodeLine().Matches(page.Replace("\\\n", " ")).Concat(CodeSpan().Matches(page))
            .Select(m => Remark().Split(m.Groups[1].Value)[0].Replace("--yes ", "").Trim())
            .Where(line => !line.Contains("...") && !line.Contains('`') && !line.StartsWith('-') && !Placeholder().IsMatch(line) && !NotTheCommands.Contains(line.Split(' ')[0]) && !IsName(line));

    // A verb mentioned by its name alone, or a group of verbs, is no line to type.
    static bool IsName(string line) => line.Split(' ') is [_] or ["data", _];

    [GeneratedRegex(@"^(?: {4,}(?:[\d.]+\$ )?|\$ )?(?:\./)?pretrain ([^\n]+)$", RegexOptions.Multiline)]
    private static partial Regex CodeLine();

    [GeneratedRegex(@"`(?:\./)?pretrain ([^`\n]+)`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"(?<![\w./-])[A-Z]{2,}\b(?![\w./-])|\b(PLAN|FEATURES|KEY=VALUE|COMMAND)\b")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@" {2,}| #")]
    private static partial Regex Remark();

    [GeneratedRegex(@"configs/[\w./-]+\.yaml")]
    private static partial Regex PlanFile();

    [GeneratedRegex(@"\]\(([^)#\s]*)")]
    private static partial Regex Link();
}
