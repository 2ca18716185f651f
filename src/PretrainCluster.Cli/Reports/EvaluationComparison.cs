namespace PretrainCluster.Cli.Reports;

/// <summary>One figure of one protocol: the control's beside the pretrained encoder's. Either may be missing.</summary>
/// <param name="ControlName">what the control is: "random weights", or a baseline such as "raw coordinates"; null where there is none</param>
/// <param name="WeightsSha256">of the pretrained encoder</param>
/// <param name="Stage">that the pretrained encoder is of; null where its run has none</param>
public sealed record ComparisonRow(
    string Protocol, int Version, string Description, string Dataset, string Split, string Figure, string? ControlName, Measurement? Control, Measurement? Pretrained, string? WeightsSha256, string? Stage = null)
{
    /// <summary>What was set otherwise than the protocol has it.</summary>
    public string? Settings { get; init; }

    /// <summary>Whether the encoder was pretrained on another dataset.</summary>
    public bool IsTransfer { get; init; }

    /// <summary>e.g. "fine-tune v1 (epochs 10), transfer to pku-mmd".</summary>
    public string Title => EvaluationComparison.TitleOf(Protocol, Version, Settings) + (IsTransfer ? $", transfer to {Dataset}" : "");

    /// <summary>Points that pretraining gains over the control.</summary>
    public double? Gain => Pretrained is { } p && Control is { } c ? p.Mean - c.Mean : null;
}

/// <summary>What must be the same for two figures to be compared.</summary>
public readonly record struct ComparisonKey(string Protocol, int Version, string? Settings, string DatasetSha256, string Split, string NovelClasses);

/// <summary>Puts evaluations side by side. Figures meet only where protocol, version, settings, dataset, split and novel classes are the same.</summary>
public static class EvaluationComparison
{
    // The first word of a protocol's name says what kind of figure it is; what is not listed comes last.
    static readonly string[] Familiar =
        ["linear", "knn", "few-shot", "one-shot", "fine-tune", "semi-supervised", "clusters", "raw-1nn", "supervised"];

    /// <summary>In the order in which papers report them, the control before the pretrained encoder.</summary>
    public static IEnumerable<EvaluationResult> InOrder(IEnumerable<EvaluationResult> results) =>
        results.OrderBy(r => Array.IndexOf(Familiar, r.Protocol.Split('/')[0]) is var at and >= 0 ? at : Familiar.Length)
            .ThenBy(r => r.Protocol, StringComparer.Ordinal).ThenBy(r => r.Version).ThenBy(r => !IsControl(r)).ThenBy(r => r.Step);

    public static IReadOnlyList<ComparisonRow> Rows(IReadOnlyList<EvaluationResult> results)
    {
        var rows = new List<ComparisonRow>();
        // Between runs the test view is part of the recipe; a run and its control have one.
        foreach (var group in InOrder(results).GroupBy(result => (KeyOf(result), result.Crop)))
        {
            var control = group.FirstOrDefault(IsControl);
            foreach (var pretrained in group.Where(r => !IsControl(r)).DefaultIfEmpty())
                rows.AddRange(Pair(control, pretrained));
        }

        return rows;
    }

    /// <summary>e.g. "fine-tune v1 (epochs 10)".</summary>
    public static string TitleOf(EvaluationResult result) => TitleOf(result.Protocol, result.Version, result.Settings);

    internal static string TitleOf(string protocol, int version, string? settings) => $"{protocol} v{version}{(settings is null ? "" : $" ({settings})")}";

    public static ComparisonKey KeyOf(EvaluationResult result) =>
        new(result.Protocol, result.Version, result.Settings, result.DatasetSha256, result.Split, ClassRanges.Text(result.NovelClasses));

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
            facts.Protocol, facts.Version, facts.Description, facts.Dataset, facts.Split, figure, control?.Encoder, Find(control, figure), Find(pretrained, figure), pretrained?.WeightsSha256, pretrained?.Stage)
        {
            Settings = facts.Settings,
            IsTransfer = pretrained?.PretrainedOn is not null,
        });
    }

    static Measurement? Find(EvaluationResult? result, string figure) => result?.Measurements.FirstOrDefault(m => m.Name == figure);
}
