using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace PretrainCluster.Cli.Tests.Deployment;

/// <summary>A value of a YAML file, its anchors and merges resolved: a mapping, a list, or a text.</summary>
readonly record struct Yaml(object? Value)
{
    public static IReadOnlyList<Yaml> Documents(string text)
    {
        var documents = new List<Yaml>();
        var parser = new MergingParser(new Parser(new StringReader(text)));
        var reader = new DeserializerBuilder().Build();
        parser.Consume<YamlDotNet.Core.Events.StreamStart>();
        while (parser.Accept<YamlDotNet.Core.Events.DocumentStart>(out _))
            documents.Add(new(reader.Deserialize<object>(parser)));
        return documents;
    }

    public bool Exists => Value is not null;

    public string Text => Value as string ?? throw new InvalidDataException($"a text is expected, not {Value ?? "nothing"}");

    public int Number => int.Parse(Text, System.Globalization.CultureInfo.InvariantCulture);

    public IReadOnlyList<Yaml> Items => Value is List<object> list ? [.. list.Select(item => new Yaml(item))] : [];

    public IReadOnlyList<string> Texts => [.. Items.Select(item => item.Text)];

    public IReadOnlyDictionary<string, Yaml> Entries => Value is Dictionary<object, object> map ? map.ToDictionary(e => (string)e.Key, e => new Yaml(e.Value)) : new Dictionary<string, Yaml>();

    /// <summary>The value under names, one below the other; one that does not exist where a name is missing.</summary>
    public Yaml this[params ReadOnlySpan<string> path]
    {
        get
        {
            var at = this;
            foreach (var name in path)
                at = at.Entries.GetValueOrDefault(name);
            return at;
        }
    }

    public IReadOnlyDictionary<string, string> Pairs => Entries.ToDictionary(e => e.Key, e => e.Value.Text);
}
