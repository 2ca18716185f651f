using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>What is evaluated when the run ends.</summary>
public sealed record EvaluationPlan
{
    /// <summary>Names of the protocols that there are.</summary>
    public static IReadOnlyList<string> KnownProtocols { get; } = ["linear", "linear/mamp-2023", "knn", "few-shot"];

    [Description("protocols by name: linear, linear/mamp-2023, knn, few-shot")]
    public IReadOnlyList<string> Protocols { get; init; } = [];

    [Description("seeds of each protocol"), Range(1, 1000)]
    public int Seeds { get; init; } = 3;

    [Description("evaluate the same encoder with random weights beside it")]
    public bool Control { get; init; } = true;
}
