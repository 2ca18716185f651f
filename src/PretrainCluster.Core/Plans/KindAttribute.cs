namespace PretrainCluster.Core.Plans;

/// <summary>
/// Registers a kind of a section, e.g. an objective, by the name that plans write. It stands on the settings record that the kind selects;
/// <see cref="PlanKinds"/> finds it there.
/// </summary>
/// <param name="name">what plans write as <c>kind</c>, in snake_case</param>
/// <param name="description">one sentence: what it does, and the paper behind it</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class KindAttribute(string name, string description) : Attribute
{
    public string Name { get; } = name;
    public string Description { get; } = description;
}

/// <summary>Marks a section of a plan that has kinds; each kind derives a settings record of its own from it.</summary>
/// <param name="section">its name in messages and help, e.g. "objective"</param>
/// <param name="description">of the key <c>kind</c></param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class KindsAttribute(string section, string description) : Attribute
{
    public string Section { get; } = section;
    public string Description { get; } = description;

    /// <summary>The kind of a section that names none; null where it must name one.</summary>
    public string? Default { get; init; }

    /// <summary>Whether the key <c>kind</c> came when there were runs without it; at its default it then stays out of the digest.</summary>
    public bool AddedLater { get; init; }

    /// <summary>Whether plans may write the name of a kind alone, for its section with every key at its default.</summary>
    public bool ByName { get; init; }
}
