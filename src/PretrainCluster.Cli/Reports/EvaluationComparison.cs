using PretrainCluster.Learning.Evaluation;

namespace PretrainCluster.Cli.Reports;

/// <summary>One figure of one protocol: the control's beside the pretrained encoder's. Either may be missing.</summary>
/// <param name="ControlName">what the control is: "random weights", or a baseline such as "raw coordinates"; null where there is none</param>
/// <param name="WeightsSha256">of the pretrained encoder</param>
/// <param name="Stage">that the pretrained encoder is of; null where its run has none</param>
public sealed record ComparisonRow(
    string Protocol, int Version, string Description, string Dataset, string Split, string Figure, string? ControlName, Measurement? Control, Measurement? Pretrained, string? WeightsSha256, string? Stage = null)
{
    /// <summary>Points that pretraining gains over the control.</summary>
    public double? Gain => Pretrained is { } p && Control is { } c ? p.Mean - c.Mean : null;
}

/// <summary>Puts evaluations side by side. Figures meet only where protocol, version, dataset and split are the same.</summary>
public static class EvaluationComparison
{
    static readonly string[] Familiar = ["linear", "linear/mamp-2023", "knn", "few-shot", "raw-1nn", "supervised"];

    /// <summary>In the order in which papers report them, the control before the pretrained encoder.</summary>
    public static IEnumerable<EvaluationResult> InOrder(IEnumerable<EvaluationResult> results) =>
        results.OrderBy(r => Array.IndexOf(Familiar, r.Protocol) is var at and >= 0 ? at : Familiar.Length)
            .ThenBy(r => r.Protocol, StringComparer.Ordinal).ThenBy(r => r.Version).ThenBy(r => !IsControl(r)).ThenBy(r => r.Step);

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

    /// <summary>True for everything that was not pretrained: the random-weight control, and baselines that need no such encoder.</summary>
    public static bool IsControl(EvaluationResult result) => result.Encoder != EncoderEvaluation.Pretrained;

    /// <summary>The heading over the controls of <paramref name="rows"/>.</summary>
    public static string ControlTitle(IEnumerable<ComparisonRow> rows) =>
        rows.All(r => r.ControlName is null or EncoderEvaluation.RandomWeights) ? EncoderEvaluation.RandomWeights : "not pretrained";

    static IEnumerable<ComparisonRow> Pair(EvaluationResult? control, EvaluationResult? pretrained)
    {
        var facts = pretrained ?? control!;
        var figures = facts.Measurements.Select(m => m.Name).Union(control?.Measurements.Select(m => m.Name) ?? []);
        return figures.Select(figure => new ComparisonRow(
            facts.Protocol, facts.Version, facts.Description, facts.Dataset, facts.Split, figure, control?.Encoder, Find(control, figure), Find(pretrained, figure), pretrained?.WeightsSha256, pretrained?.Stage));
    }

    static Measurement? Find(EvaluationResult? result, string figure) => result?.Measurements.FirstOrDefault(m => m.Name == figure);
}
