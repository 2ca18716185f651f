using System.Text.RegularExpressions;

namespace PretrainCluster.Cli.Tests.Deployment;

/// <summary>The Dockerfile as its stages.</summary>
static partial class Dockerfile
{
    /// <param name="From">an image, or a stage before</param>
    /// <param name="Lines">instructions, each in one line</param>
    public sealed record Stage(string Name, string From, IReadOnlyList<(string Verb, string Text)> Lines)
    {
        public IEnumerable<string> Of(string verb) => Lines.Where(l => l.Verb == verb).Select(l => l.Text);
    }

    public static IReadOnlyDictionary<string, Stage> Stages { get; } = Read().ToDictionary(s => s.Name);

    /// <summary>A stage's own value of an instruction, or that of the stage beneath.</summary>
    public static string Last(string stage, string verb) =>
        Stages.TryGetValue(stage, out var found) ? found.Of(verb).LastOrDefault() ?? Last(found.From, verb) : throw new InvalidDataException($"the Dockerfile has no {verb}");

    static IEnumerable<Stage> Read()
    {
        var lines = Regex.Replace(Deployed.Read("Dockerfile"), @"\\\n\s*", "").Split('\n')
            .Where(l => l.Length > 0 && !l.StartsWith('#')).Select(l => l.Split(' ', 2)).Select(p => (Verb: p[0], Text: p[1])).ToList();
        for (var at = 0; at < lines.Count;)
        {
            var from = Regex.Match(lines[at].Text, @"^(\S+) AS (\S+)$");
            Assert.True(lines[at].Verb == "FROM" && from.Success, lines[at].ToString());
            var own = lines.Skip(at + 1).TakeWhile(l => l.Verb != "FROM").ToList();
            at += 1 + own.Count;
            yield return new(from.Groups[2].Value, from.Groups[1].Value, own);
        }
    }
}
