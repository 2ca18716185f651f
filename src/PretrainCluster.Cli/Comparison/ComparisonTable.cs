namespace PretrainCluster.Cli.Comparison;

/// <summary>A comparison as lines of text.</summary>
static class ComparisonTable
{
    public static void Write(MethodComparison comparison, TextWriter output)
    {
        var methods = comparison.Methods;
        var table = new TextTable(["protocol", "figure", .. methods.SelectMany((method, i) => i == 0 ? new[] { method.Name } : [method.Name, "difference", "p"])])
            .AlignRight([.. Enumerable.Range(2, 3 * methods.Count - 2)]);
        foreach (var figure in comparison.Figures)
            table.Add([figure.Title, figure.Name, .. figure.Cells.SelectMany((cell, i) => i == 0
                ? new[] { Numbers.MeanAndInterval(cell.Figure) }
                : [Numbers.MeanAndInterval(cell.Figure), Difference(cell.Difference), Chance(cell.Difference)])]);
        table.Write(output);
        foreach (var line in Notes(comparison))
            output.WriteLine(line);
    }

    /// <summary>"+4.2 [1.1, 7.3]", in points.</summary>
    public static string Difference(PairedDifference? difference) =>
        difference is null ? "" : $"{Numbers.Signed(difference.Mean)} [{Numbers.Signed(difference.Low)}, {Numbers.Signed(difference.High)}]";

    public static string Chance(PairedDifference? difference) => difference is null ? "" : difference.P < 0.001 ? "< 0.001" : Numbers.Fixed(difference.P, 3);

    /// <summary>What the columns mean, and what was left out.</summary>
    public static IEnumerable<string> Notes(MethodComparison comparison)
    {
        yield return $"Per cent; ± is half the width of the 95 % interval of the mean, over the pretraining seeds where a column stands for several runs, else over the protocol's. Differences are from {comparison.Methods[0].Name}.";
        foreach (var test in comparison.Figures.SelectMany(figure => figure.Cells).Select(cell => cell.Difference?.Test).OfType<PairedTest>().Distinct().Order())
            yield return test switch
            {
                PairedTest.StudentOverSeeds => "p and interval: paired t-test over the pretraining seeds.",
                PairedTest.McNemarOverClips => "p: McNemar's exact test over the test clips; interval: paired bootstrap over them. Neither covers another pretraining: name several seeds for that, as a,b,c.",
                _ => "p: randomisation test over the test clips, each clip's answers of all seeds together; interval: paired bootstrap over them. Neither covers another pretraining: name several seeds for that, as a,b,c.",
            };
        if (comparison.Figures.Any(figure => figure.Cells.Skip(1).Any(cell => cell.Difference is null)))
            yield return "No test where the runs' seeds are not the same, where the protocol classifies no clip, and for results of a release that did not record which clips were right.";
        foreach (var line in comparison.Left)
            yield return line;
    }
}
