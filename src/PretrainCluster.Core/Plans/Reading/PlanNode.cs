namespace PretrainCluster.Core.Plans.Reading;

/// <summary>A piece of a plan's YAML before it is given meaning.</summary>
abstract class PlanNode(Origin origin)
{
    public Origin Origin { get; } = origin;

    public abstract string Kind { get; }
}

/// <summary>A single value as written.</summary>
/// <param name="quoted">true for a value in quotes, which is text whatever it looks like</param>
/// <param name="anyText">true for a value from the command line, where 60 can also stand for the text "60"</param>
sealed class PlanScalar(Origin origin, string text, bool quoted, bool anyText = false) : PlanNode(origin)
{
    public string Text { get; } = text;
    public bool Quoted { get; } = quoted;
    public bool AnyText { get; } = anyText;
    public bool IsNull => !Quoted && Text is "" or "~" or "null" or "Null" or "NULL";
    public override string Kind => IsNull ? "nothing" : Quoted ? $"the text \"{Text}\"" : $"\"{Text}\"";
}

/// <summary>Keys with values, in the order written.</summary>
sealed class PlanMapping(Origin origin) : PlanNode(origin)
{
    readonly OrderedDictionary<string, (Origin Origin, PlanNode Value)> _entries = new(StringComparer.Ordinal);

    public IEnumerable<(string Key, Origin Origin, PlanNode Value)> Entries => _entries.Select(entry => (entry.Key, entry.Value.Origin, entry.Value.Value));

    public PlanNode? Find(string key) => _entries.TryGetValue(key, out var entry) ? entry.Value : null;

    public Origin? OriginOf(string key) => _entries.TryGetValue(key, out var entry) ? entry.Origin : null;

    public void Set(string key, Origin origin, PlanNode value) => _entries[key] = (origin, value);

    public override string Kind => "a group of keys";
}

sealed class PlanSequence(Origin origin) : PlanNode(origin)
{
    public List<PlanNode> Items { get; } = [];

    public override string Kind => "a list";
}
