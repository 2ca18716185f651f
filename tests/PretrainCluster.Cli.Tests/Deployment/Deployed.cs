using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;
using PretrainCluster.Cli.CommandLine;

namespace PretrainCluster.Cli.Tests.Deployment;

/// <summary>What a deployment must fit: the command line, the image, and how long a node may take to leave.</summary>
static partial class Deployed
{
    /// <summary>What a worker node may take between SIGTERM and its end: the ranks handed over, and a margin for the rest.</summary>
    public static TimeSpan HandOver { get; } = TimeSpan.FromMinutes(Constant("Nodes/ClusterNode.cs", HandOverLimit())) + TimeSpan.FromSeconds(30);

    /// <summary>How long `pretrain cluster` waits for an answer.</summary>
    public static TimeSpan Patience { get; } =
        TimeSpan.FromSeconds(Constant("Nodes/CoordinatorLine.cs", PatienceLimit()));

    public static string Read(params string[] path) => File.ReadAllText(Checkout.At(path));

    /// <summary>The options of a line that the command takes as it stands.</summary>
    /// <param name="line">pretrain and what follows</param>
    public static IReadOnlyDictionary<string, string> Options(params IEnumerable<string> line)
    {
        var words = line.ToList();
        Assert.Equal("pretrain", words[0]);
        var parsed = Verbs.Root().Parse(words[1..]);
        Assert.True(parsed.Errors.Count == 0, $"{string.Join(' ', words)}: {string.Join("; ", parsed.Errors.Select(e => e.Message))}");
        return parsed.CommandResult.Children.OfType<OptionResult>().Where(o => !o.Implicit).ToDictionary(o => o.Option.Name, o => string.Join(' ', o.Tokens.Select(t => t.Value)));
    }

    /// <summary>The lines of the command within a line for the shell, its quotes taken off.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> InShell(string line) =>
        [.. CommandInShell().Matches(line).Select(m => (IReadOnlyList<string>)[.. CommandLineParser.SplitCommandLine(m.Value)])];

    public static string Port(string address) => address[(address.LastIndexOf(':') + 1)..];

    static double Constant(string file, Regex pattern)
    {
        var match = pattern.Match(Read("src", "PretrainCluster.Actors", file));
        Assert.True(match.Success, $"{file} has no {pattern}");
        return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"s_handOver = TimeSpan\.FromMinutes\((\d+)\)")]
    private static partial Regex HandOverLimit();

    [GeneratedRegex(@"s_patience = TimeSpan\.FromSeconds\((\d+)\)")]
    private static partial Regex PatienceLimit();

    [GeneratedRegex(@"\bpretrain (?:[^|;&""]|""[^""]*"")+")]
    private static partial Regex CommandInShell();
}
