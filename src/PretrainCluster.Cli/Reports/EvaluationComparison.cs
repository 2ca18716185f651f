using PretrainCluster.Learning.Evaluation;

namespace PretrainCluster.Cli.Reports;

/// <summary>One figure of one protocol: the control's beside the pretrained encoder's. Either may be missing.</summary>
public sealed record ComparisonRow(string Protocol, int Version, string Description, string Split, string Figure, Measurement? Control, Measurement? Pretrained, string? WeightsSha256)
{
    /// <summary>Points that pretraining gains over the control.</summary>
    public double? Gain => Pretrained is { } p && Control is { } c ? p.Mean - c.Mean : null;
}

/// <summary>Puts evaluations side by side. Figures meet only where protocol, version, dataset and split are the same.</summary>
public static class EvaluationComparison
{
    public const string ControlName = "random weights";

    static readonly string[] Familiar = ["linear", "linear/mamp-2023", "knn", "few-shot"];

    /// <summary>In the order in which papers report them, the control before the pretrained encoder.</summary>
    public static IEnumerable<EvaluationResult> InOrder(IEnumerable<EvaluationResult> results) =>
        results.OrderBy(r => Array.IndexOf(Familiar, r.Protocol) is var at and >= 0 ? at : Familiar.Length)
            .ThenBy(r => r.Protocol, StringComparer.Ordinal).ThenBy(r => r.Version).ThenBy(r => !IsControl(r));

    public static IReadOnlyList<ComparisonRow> Rows(IReadOnlyList<EvaluationResult> results)
    {
        var rows = new List<ComparisonRow>();
        foreach (var group in InOrder(results).GroupBy(r => (r.Protocol, r.Version, r.DatasetSha256, r.Split)))
        {
            var control = group.FirstOrDefault(IsControl);
            foreach (var pretrained in group.Where(r => !IsControl(r)).DefaultIfEmpty())
                rows.AddRange(Pair(control, pretrained));
        }

        return rows;
    }

    public static bool IsControl(EvaluationResult result) => result.Encoder == ControlName;

    static IEnumerable<ComparisonRow> Pair(EvaluationResult? control, EvaluationResult? pretrained)
    {
        var facts = pretrained ?? control!;
        var figures = facts.Measurements.Select(m => m.Name).Union(control?.Measurements.Select(m => m.Name) ?? []);
        return figures.Select(figure => new ComparisonRow(
            facts.Protocol, facts.Version, facts.Description, facts.Split, figure, Find(control, figure), Find(pretrained, figure), pretrained?.WeightsSha256));
    }

    static Measurement? Find(EvaluationResult? result, string figure) => result?.Measurements.FirstOrDefault(m => m.Name == figure);
}
