using System.Collections;

namespace PretrainCluster.Core.Plans;

/// <summary>What a section says that its defaults do not.</summary>
public static class SectionSettings
{
    /// <summary>Keys and values that differ from the defaults, e.g. "epochs 10, batch 16"; null where none does.</summary>
    public static string? Of(object section)
    {
        var defaults = Activator.CreateInstance(section.GetType())!;
        var differing = PlanSection.Of(section.GetType()).Keys
            .Select(key => (key.Name, Value: Text(key.Get(section)), Default: Text(key.Get(defaults))))
            .Where(key => key.Value != key.Default).Select(key => $"{key.Name} {key.Value}").ToList();
        return differing.Count > 0 ? string.Join(", ", differing) : null;
    }

    static string Text(object? value) => value switch
    {
        double number => PlanKey.Format(number),
        string text => text,
        IEnumerable items => string.Join(" ", items.Cast<object?>().Select(Text)),
        _ => $"{value}",
    };
}
