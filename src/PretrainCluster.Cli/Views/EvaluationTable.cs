namespace PretrainCluster.Cli.Views;

/// <summary>Evaluations as lines of text: the control, the pretrained encoder and what pretraining gained.</summary>
public static class EvaluationTable
{
    /// <summary>Writes one table over all results; nothing where there are none.</summary>
    public static void Write(IReadOnlyList<EvaluationResult> results, TextWriter output, string indent = "")
    {
        var rows = EvaluationComparison.Rows(results);
        if (rows.Count == 0)
            return;

        var stages = rows.Any(r => r.Stage is not null);
        // One encoder a stage is what its name tells apart.
        var severalWeights = rows.Where(r => r.WeightsSha256 is not null).GroupBy(r => r.Stage).Any(stage => stage.Select(r => r.WeightsSha256).Distinct().Count() > 1);
        var table = new TextTable(["protocol", "figure", EvaluationComparison.ControlTitle(rows), "pretrained", "gain", .. stages ? ["stage"] : Array.Empty<string>(), .. severalWeights ? ["weights"] : Array.Empty<string>()]).AlignRight(2, 3, 4);
        foreach (var row in rows)
            table.Add([
                row.Title,
                row.Figure,
                Numbers.MeanAndInterval(row.Control),
                Numbers.MeanAndInterval(row.Pretrained),
                row.Gain is { } gain ? Numbers.Signed(gain) : "",
                .. stages ? [row.Stage ?? ""] : Array.Empty<string>(),
                .. severalWeights ? [Numbers.Digest(row.WeightsSha256)] : Array.Empty<string>(),
            ]);
        table.Write(output, indent);
    }

    /// <summary>e.g. "linear v1, pretrained: accuracy 67.2 ± 1.1 %", the headline alone.</summary>
    public static string Headline(EvaluationResult result) =>
        result.Measurements is [var first, ..]
            ? $"{result.Protocol} v{result.Version}, {result.Subject()}: {first.Name} {Numbers.MeanAndInterval(first)} %"
            : $"{result.Protocol} v{result.Version}, {result.Subject()}";
}
