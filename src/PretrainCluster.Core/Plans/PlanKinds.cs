using System.Reflection;
using PretrainCluster.Core.Plans.Reading;

namespace PretrainCluster.Core.Plans;

/// <summary>A kind of a section of a plan.</summary>
/// <param name="Section">the record of the section, e.g. <see cref="ObjectivePlan"/></param>
/// <param name="Settings">the record with the kind's keys, derived from it</param>
public sealed record PlanKind(string Name, string Description, Type Section, Type Settings)
{
    /// <summary>With the section, e.g. "objective.nnclr".</summary>
    public string FullName => $"{PlanKinds.SectionOf(Section).Section}.{Name}";

    /// <summary>The keys of the kind, explained.</summary>
    public IEnumerable<PlanReferenceEntry> Keys(PlanKinds kinds) => PlanReference.OfKind(this, PlanKinds.SectionOf(Section).Section, kinds);
}

/// <summary>The kinds of sections that a program knows: its own and those of extensions, found alike by their <see cref="KindAttribute"/>.</summary>
public sealed class PlanKinds
{
    /// <summary>The key that selects a kind.</summary>
    internal const string Key = "kind";

    readonly Dictionary<(Type Section, string Name), PlanKind> _kinds = [];
    IReadOnlyList<PlanReferenceEntry>? _reference;

    /// <summary>Knows no kind at all: sections that have kinds stay as they were written, for programs that need the other sections alone.</summary>
    public static PlanKinds None { get; } = new([], []);

    PlanKinds(IEnumerable<PlanKind> kinds, IReadOnlyList<PlanExtension> extensions)
    {
        Extensions = extensions;
        foreach (var kind in kinds)
        {
            if (!_kinds.TryAdd((kind.Section, kind.Name), kind))
            {
                throw new InputException($"{SectionOf(kind.Section).Section} {kind.Name}: both {Where(_kinds[(kind.Section, kind.Name)])} and {Where(kind)} "
                    + "register this kind; give one of them another name");
            }
        }
    }

    /// <summary>The extensions that some of the kinds come from.</summary>
    public IReadOnlyList<PlanExtension> Extensions { get; }

    public bool IsEmpty => _kinds.Count == 0;

    /// <summary>Every key of every kind, explained.</summary>
    public IReadOnlyList<PlanReferenceEntry> Reference => _reference ??= PlanReference.List(this);

    /// <summary>The kinds of some assemblies, in alphabetical order.</summary>
    /// <exception cref="InputException">Two of one section have the same name.</exception>
    public static PlanKinds Of(params IEnumerable<Assembly> assemblies) => new(assemblies.SelectMany(Scan), []);

    /// <summary>These kinds and those of an extension.</summary>
    /// <exception cref="InputException">A name is taken, or a record cannot be a kind.</exception>
    public PlanKinds With(PlanExtension extension, Assembly assembly) => new([.. _kinds.Values, .. Scan(assembly)], [.. Extensions, extension]);

    /// <summary>The kinds of all sections, by name.</summary>
    public IReadOnlyList<PlanKind> All => [.. _kinds.Values.OrderBy(kind => kind.FullName, StringComparer.Ordinal)];

    /// <summary>The kinds of a section, by name.</summary>
    public IReadOnlyList<PlanKind> Of(Type section) => [.. _kinds.Values.Where(kind => kind.Section == section).OrderBy(kind => kind.Name, StringComparer.Ordinal)];

    public PlanKind? Find(Type section, string name) => _kinds.GetValueOrDefault((section, name));

    /// <summary>A section as it was written, for a program that does not know its kind.</summary>
    internal static KindSection Unread(Type section, string kind, PlanMapping mapping)
    {
        var record = (KindSection)Activator.CreateInstance(section)!;
        typeof(KindSection).GetProperty(nameof(KindSection.Unread), BindingFlags.Instance | BindingFlags.NonPublic)!.SetValue(record, mapping);
        return record;
    }

    /// <summary>The section that a kind's name alone stands for; null where a section has to be written out.</summary>
    internal static PlanMapping? Named(Type section, PlanNode? node)
    {
        if (node is not PlanScalar { IsNull: false } || !MayBeNamed(section))
            return null;
        var mapping = new PlanMapping(node.Origin);
        mapping.Set(Key, node.Origin, node);
        return mapping;
    }

    /// <summary>Whether a section, or the settings of a kind of it, may be written as the kind's name alone.</summary>
    internal static bool MayBeNamed(Type type) => SectionTypeOf(type) is { } section && SectionOf(section).ByName;

    /// <summary>The section that a type is, or is the settings of a kind of; null where it is neither.</summary>
    internal static Type? SectionTypeOf(Type type)
    {
        Type? section = type;
        while (section is not null && !HasKinds(section))
            section = section.BaseType;
        return section;
    }

    internal static KindsAttribute SectionOf(Type section) => section.GetCustomAttribute<KindsAttribute>(inherit: false)!;

    /// <summary>Whether a section of this type has kinds.</summary>
    internal static bool HasKinds(Type type) => type.IsDefined(typeof(KindsAttribute), inherit: false);

    static IEnumerable<PlanKind> Scan(Assembly assembly)
    {
        foreach (var type in assembly.GetTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            if (type.GetCustomAttribute<KindAttribute>(inherit: false) is not { } kind)
                continue;
            var section = SectionTypeOf(type);
            if (section is null || section == type || type.IsAbstract || type.GetConstructor(Type.EmptyTypes) is null)
            {
                throw new InputException($"{type.FullName} is marked as the kind {kind.Name}: a public record with a constructor without parameters is expected there, "
                    + "derived from the settings of a section that has kinds");
            }
            yield return new PlanKind(kind.Name, kind.Description, section, type);
        }
    }

    static string Where(PlanKind kind) => $"{kind.Settings.FullName} of {kind.Settings.Assembly.GetName().Name}";
}
