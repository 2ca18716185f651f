using System.Reflection;
using PretrainCluster.Core.Plans.Reading;

namespace PretrainCluster.Core.Plans;

/// <summary>A section of a plan whose key <c>kind</c> decides which other keys it has.</summary>
public abstract record KindSection
{
    /// <summary>What plans write as <c>kind</c>.</summary>
    public string Kind => Unread is { } mapping ? (mapping.Find(PlanKinds.Key) as PlanScalar)?.Text ?? PlanKinds.SectionOf(GetType()).Default ?? ""
        : GetType().GetCustomAttribute<KindAttribute>()?.Name ?? "";

    /// <summary>The settings record of its kind, for code that makes something of it.</summary>
    /// <exception cref="InvalidOperationException">The plan was read by a program that does not know the kind.</exception>
    public T As<T>() where T : KindSection => this as T
        ?? throw new InvalidOperationException($"The plan was read without the kind {Kind}, whose {typeof(T).Name} are needed.");

    /// <summary>The keys as they were written, where this program does not know the kind; else null.</summary>
    internal PlanMapping? Unread { get; init; }
}
