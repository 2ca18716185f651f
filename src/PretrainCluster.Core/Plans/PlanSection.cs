using System.Collections.Concurrent;
using System.Reflection;

namespace PretrainCluster.Core.Plans;

/// <summary>The keys of one section, in the order of its record.</summary>
public sealed class PlanSection
{
    static readonly ConcurrentDictionary<Type, PlanSection> Known = new();

    PlanSection(Type type)
    {
        Type = type;
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite);
        // What a kind adds comes after what all kinds have.
        Keys = [.. KindKeys(type), .. properties.OrderBy(property => Depth(property.DeclaringType!)).Select(property => new PlanKey(property))];
    }

    public IReadOnlyList<PlanKey> Keys { get; }

    internal Type Type { get; }

    internal static PlanSection Of(Type type) => Known.GetOrAdd(type, static type => new(type));

    internal static bool IsSection(Type type) => type.IsClass && type != typeof(string);

    internal PlanKey? Find(string name) => Keys.FirstOrDefault(key => key.Name == name);

    /// <summary>Keys that the section's own choices use, e.g. not beta1 where the optimiser is sgd.</summary>
    internal IEnumerable<PlanKey> UsedKeys(object section) => Keys.Where(key => UnusedBecause(key, section) is null);

    /// <summary>Why a key is not used, e.g. "only used where kind is adamw"; null where it is.</summary>
    internal string? UnusedBecause(PlanKey key, object section)
    {
        if (section is Plan { Stages.Count: > 0 } && key.PropertyName is nameof(Plan.Objective) or nameof(Plan.Training))
            return "not used where there are stages: each has its own";
        foreach (var usedBy in key.UsedBy)
        {
            var chooser = Keys.Single(other => other.PropertyName == usedBy.Key);
            if (UnusedBecause(chooser, section) is { } reason)
                return reason;
            if (!usedBy.Choices.Contains(chooser.Get(section)))
                return $"only used where {chooser.Name} is {string.Join(" or ", usedBy.Choices.Select(choice => PlanNames.Of((Enum)choice)))}; here it is {PlanNames.Of((Enum)chooser.Get(section)!)}";
        }
        return null;
    }

    static IEnumerable<PlanKey> KindKeys(Type type) => PlanKinds.SectionTypeOf(type) is { } section
        ? [new PlanKey(typeof(KindSection).GetProperty(nameof(KindSection.Kind))!, PlanKinds.SectionOf(section))] : [];

    static int Depth(Type type) => type.BaseType is { } parent ? 1 + Depth(parent) : 0;
}
