namespace PretrainCluster.Cli.Reports.Sections;

/// <summary>Confusion matrices, the control's and the pretrained encoder's side by side, and the pairs of classes that are mistaken most.</summary>
static class ConfusionSection
{
    const int MostPairs = 8;

    public static Html Render(RunReport report)
    {
        var protocols = EvaluationComparison.InOrder(report.Evaluations).Where(e => e.Confusion is { Length: > 0 } counts && counts.All(row => row.Length == counts.Length))
            .GroupBy(EvaluationComparison.KeyOf).Select(g => g.ToList()).ToList();
        if (protocols.Count == 0)
            return Html.Empty;

        return ReportPage.Section("Confusion", Html.Of(
            $"""
            {Matrices(protocols[0])}
            {Html.Each(protocols.Skip(1), p => Html.Of($"<details><summary>{EvaluationComparison.TitleOf(p[0])}</summary>{Matrices(p)}</details>"))}
            """));
    }

    static Html Matrices(IReadOnlyList<EvaluationResult> results) => Html.Of(
        $"""
        <p class="note">{results[0].Protocol} v{results[0].Version}, first seed: rows are the true classes, columns the predicted ones. <span class="key hit"></span>right <span class="key miss"></span>wrong; stronger is a larger share of the row.</p>
        <div class="row two">
        {Html.Each(results, r => Html.Of($"<figure><figcaption>{Title(r)}</figcaption>{HeatMap.Draw(r.Confusion!, ClassNames.Of(r.ClassNames), Title(r))}{Pairs(r)}</figure>"))}
        </div>
        """);

    static string Title(EvaluationResult result)
    {
        var right = Enumerable.Range(0, result.Confusion!.Length).Sum(i => (long)result.Confusion[i][i]);
        var total = result.Confusion.Sum(row => row.Sum(c => (long)c));
        return total == 0 ? result.Subject() : $"{result.Subject()}: {Numbers.Fixed(100.0 * right / total, 1)} % of {Numbers.Count(total)}";
    }

    static Html Pairs(EvaluationResult result)
    {
        var counts = result.Confusion!;
        var name = ClassNames.Of(result.ClassNames);
        var pairs =
            from truth in Enumerable.Range(0, counts.Length)
            from guess in Enumerable.Range(0, counts.Length)
            where truth != guess && counts[truth][guess] > 0
            orderby counts[truth][guess] descending, truth, guess
            select (truth, guess);
        return Html.Of(
            $"""
            <details><summary>mistaken most</summary><table class="plain">
            <thead><tr><th>true class</th><th>taken for</th><th class="number">clips</th></tr></thead>
            {Html.Each(pairs.Take(MostPairs), p => Html.Of($"""<tr><td>{name(p.truth)}</td><td>{name(p.guess)}</td><td class="number">{counts[p.truth][p.guess]} of {counts[p.truth].Sum()}</td></tr>"""))}
            </table></details>
            """);
    }
}

/// <summary>What to call a class: its name where the dataset has one, else its number.</summary>
static class ClassNames
{
    public static Func<int, string> Of(IReadOnlyList<string>? names) =>
        label => names is not null && label >= 0 && label < names.Count && names[label].Length > 0 ? names[label] : $"class {label}";
}
