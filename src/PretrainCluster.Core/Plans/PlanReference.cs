using System.Collections;
using System.Globalization;
using System.Text;

namespace PretrainCluster.Core.Plans;

/// <summary>A key of a plan, explained.</summary>
/// <param name="Path">dotted, with [] for the items of a list, e.g. "view.augment[].kind"</param>
/// <param name="Expected">type and range</param>
/// <param name="Default">the value where the key is left out; null where it must be given</param>
/// <param name="DecidesNothing">true where it does not change what a run computes</param>
public sealed record PlanReferenceEntry(string Path, string Expected, string? Default, string Description, bool DecidesNothing);

/// <summary>Every key that a plan can have; `pretrain plan` and docs/plans.md show it.</summary>
public static class PlanReference
{
    public static IReadOnlyList<PlanReferenceEntry> Keys { get; } = [.. List(typeof(Plan), "", decidesNothing: false, [])];

    /// <summary>All keys as a table in Markdown.</summary>
    public static string ToMarkdown()
    {
        var table = new StringBuilder("| key | expected | default | meaning |\n|---|---|---|---|\n");
        foreach (var key in Keys)
            table.Append(CultureInfo.InvariantCulture, $"| `{key.Path}` | {key.Expected} | {key.Default ?? "**required**"} | {key.Description} |\n");
        return table.ToString();
    }

    static IEnumerable<PlanReferenceEntry> List(Type type, string path, bool decidesNothing, HashSet<Type> listed)
    {
        var defaults = Activator.CreateInstance(type)!;
        foreach (var key in PlanSection.Of(type).Keys)
        {
            var full = path.Length > 0 ? $"{path}.{key.Name}" : key.Name;
            var nothing = decidesNothing || key.DecidesNothing;
            var section = key.ItemType ?? key.ValueType;
            if (!PlanSection.IsSection(section) || key.Description.Length > 0)
                yield return new(full, key.Expected, Default(key, defaults), Describe(key), nothing);
            // A section that stands in the plan twice is listed where it comes first.
            if (PlanSection.IsSection(section) && listed.Add(section))
            {
                foreach (var below in List(section, key.ItemType is null ? full : full + "[]", nothing, listed))
                    yield return below;
            }
        }
    }

    static string Describe(PlanKey key)
    {
        var conditions = key.UsedBy.Select(usedBy => $"{string.Join(", ", usedBy.Choices.Select(choice => PlanNames.Of((Enum)choice)))}").ToList();
        return conditions.Count > 0 ? $"{string.Join("; ", conditions)}: {key.Description}" : key.Description;
    }

    static string? Default(PlanKey key, object defaults) => key.Get(defaults) switch
    {
        _ when key.IsRequired => null,
        null when key.PropertyName == nameof(StagePlan.View) => "the plan's",
        null => PlanSection.IsSection(key.ValueType) || key.PropertyName is nameof(TrainablePlan.FromBlock) or nameof(Plan.From) or nameof(Plan.FromSha256) ? "none" : "by kind",
        bool truth => truth ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        Enum name => PlanNames.Of(name),
        string text => text,
        IEnumerable items => $"[{string.Join(", ", items.Cast<object>())}]",
        var value when PlanSection.IsSection(value.GetType()) => "as below",
        var value => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
