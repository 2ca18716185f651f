using System.Reflection;
using PretrainCluster.Core.Plans.Reading;

namespace PretrainCluster.Core.Plans;

/// <summary>A section of a plan whose key <c>kind</c> decides which other keys it has.</summary>
public abstract record KindSection
{
    /// <summary>What plans write as <c>kind</c>.</summary>
    public string Kind => Unread is { } mapping ? ((PlanScalar)mapping.Find(PlanKinds.Key)!).Text : GetType().GetCustomAttribute<KindAttribute>()?.Name ?? "";

    /// <summary>The keys as they were written, where this program does not know the kind; else null.</summary>
    internal PlanMapping? Unread { get; init; }
}
