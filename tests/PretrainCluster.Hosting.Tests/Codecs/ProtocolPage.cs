using System.Text.RegularExpressions;

namespace PretrainCluster.Hosting.Tests.Codecs;

/// <summary>docs/protocol.md as data: under each heading of a message, a part or a choice its table, and for messages an example.</summary>
static partial class ProtocolPage
{
    /// <param name="Members">rows of its table: name and type</param>
    /// <param name="Value">of the example, as the page writes values; empty where there is none</param>
    /// <param name="Bytes">of the example</param>
    public sealed record Section(string Name, IReadOnlyList<(string Name, string Type)> Members, string Value, byte[] Bytes)
    {
        public bool IsMessage => Value.Length > 0;
    }

    public static string Text { get; } = File.ReadAllText(Checkout.At("docs", "protocol.md"));

    public static IReadOnlyDictionary<string, Section> Sections { get; } =
        Heading().Split(Text).Skip(1).Chunk(2).Select(s => Read(s[0], s[1])).ToDictionary(s => s.Name);

    public static IEnumerable<Section> Messages => Sections.Values.Where(s => s.IsMessage);

    static Section Read(string name, string text)
    {
        // What follows a heading of a higher level is no longer the section's.
        var own = text.Split("\n## ")[0];
        var code = CodeLine().Matches(own).Select(m => m.Groups[1].Value).ToList();
        return new(name, [.. Row().Matches(own).Select(m => (m.Groups[1].Value, m.Groups[2].Value))], code.FirstOrDefault("") is ['[', ..] value ? value : "",
            Convert.FromHexString(string.Concat(code.Skip(1))));
    }

    [GeneratedRegex(@"^### (\w+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^    (\S.*)$", RegexOptions.Multiline)]
    private static partial Regex CodeLine();

    [GeneratedRegex(@"^\| \d+ \| `?(\w+)`? \| ([^|]+?) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
