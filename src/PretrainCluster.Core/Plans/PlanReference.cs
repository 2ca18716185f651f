using System.Collections;
using System.Globalization;
using System.Text;

namespace PretrainCluster.Core.Plans;

/// <summary>A key of a plan, explained.</summary>
/// <param name="Path">dotted, with [] for the items of a list, e.g. "view.augment[].kind"</param>
/// <param name="Kind">the kind of the section that has the key; null where all kinds have it, or the section has none</param>
/// <param name="Expected">type and range</param>
/// <param name="Default">the value where the key is left out; null where it must be given</param>
/// <param name="DecidesNothing">true where it does not change what a run computes</param>
public sealed record PlanReferenceEntry(string Path, string? Kind, string Expected, string? Default, string Description, bool DecidesNothing);

/// <summary>Every key that a plan can have; `pretrain plan` and docs/plans.md show it.</summary>
public static class PlanReference
{
    /// <summary>The keys that do not depend on a kind, as a table in Markdown; it stays the same when a kind is added.</summary>
    public static string ToMarkdown(PlanKinds kinds)
    {
        var table = new StringBuilder("| key | expected | default | meaning |\n|---|---|---|---|\n");
        foreach (var key in kinds.Reference.Where(key => key.Kind is null))
            table.Append(CultureInfo.InvariantCulture, $"| `{key.Path}` | {(key.Path.EndsWith($".{PlanKinds.Key}", StringComparison.Ordinal) ? "the name of a kind" : key.Expected)} | {key.Default ?? "**required**"} | {key.Description} |\n");
        return table.ToString();
    }

    /// <summary>The keys of one kind, where its section stands at <paramref name="path"/>.</summary>
    internal static IEnumerable<PlanReferenceEntry> OfKind(PlanKind kind, string path, PlanKinds kinds) =>
        List(kind.Settings, path, false, [], kinds).Where(key => key.Path != $"{path}.{PlanKinds.Key}").Select(key => key with { Kind = kind.Name });

    internal static IReadOnlyList<PlanReferenceEntry> List(PlanKinds kinds) => [.. List(typeof(Plan), "", decidesNothing: false, [], kinds)];

    static IEnumerable<PlanReferenceEntry> List(Type type, string path, bool decidesNothing, HashSet<Type> listed, PlanKinds kinds)
    {
        foreach (var key in PlanSection.Of(type).Keys)
        {
            var full = path.Length > 0 ? $"{path}.{key.Name}" : key.Name;
            var nothing = decidesNothing || key.DecidesNothing;
            var section = key.ItemType ?? key.ValueType;
            if (!PlanSection.IsSection(section) || key.Description.Length > 0)
                yield return new(full, null, key.IsKind ? ExpectedKind(type, kinds) : key.Expected, Default(key, type), Describe(key), nothing);
            // A section that stands in the plan twice is listed where it comes first.
            if (!PlanSection.IsSection(section) || !listed.Add(section))
                continue;
            var below = key.ItemType is null ? full : full + "[]";
            foreach (var entry in List(section, below, nothing, listed, kinds))
                yield return entry;
            var common = PlanSection.Of(section).Keys.Select(shared => shared.Name).ToHashSet();
            foreach (var entry in kinds.Of(section).SelectMany(kind => OfKind(kind, below, kinds)).Where(entry => !common.Contains(entry.Path[(below.Length + 1)..])))
                yield return entry with { DecidesNothing = entry.DecidesNothing || nothing };
        }
    }

    static string ExpectedKind(Type type, PlanKinds kinds) =>
        kinds.Of(type) is { Count: > 0 } known ? "one of " + string.Join(", ", known.Select(kind => kind.Name)) : "the name of a kind";

    static string Describe(PlanKey key)
    {
        var conditions = key.UsedBy.Select(usedBy => $"{string.Join(", ", usedBy.Choices.Select(choice => PlanNames.Of((Enum)choice)))}").ToList();
        return conditions.Count > 0 ? $"{string.Join("; ", conditions)}: {key.Description}" : key.Description;
    }

    static string? Default(PlanKey key, Type section) => key.IsRequired ? null : key.DefaultIn(section) switch
    {
        null => key.UnsetMeans ?? "none",
        bool truth => truth ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        Enum name => PlanNames.Of(name),
        string text => text,
        IEnumerable items => $"[{string.Join(", ", items.Cast<object>())}]",
        var value when PlanSection.IsSection(value.GetType()) => "as below",
        var value => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
