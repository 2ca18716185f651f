namespace PretrainCluster.Cli.Reports.Charts;

/// <summary>A row for each worker, a bar for each generation that it was in, along the time.</summary>
static class GenerationChart
{
    const double Width = 860, Label = 90, Row = 18, Bar = 12, Top = 6, Foot = 22;
    const int MostWorkers = 40, MostGenerations = 500;

    /// <param name="end">of the newest generation</param>
    public static Html Render(IReadOnlyList<GenerationRecord> all, DateTimeOffset end)
    {
        var generations = all.Where(g => g.Formed is not null).TakeLast(MostGenerations).ToList();
        var workers = generations.SelectMany(g => g.Workers).Distinct().TakeLast(MostWorkers).ToList();
        if (generations.Count == 0)
            return Html.Empty;

        var begin = generations[0].Formed!.Value;
        var span = Math.Max(1e-3, (end - begin).TotalSeconds);
        var height = Top + workers.Count * Row + Foot;
        return Html.Of(
            $"""
            <svg class="chart" viewBox="0 0 {Width} {height}" role="img" aria-label="generations along the time">
            {Html.Each(workers.Index(), w => Html.Of($"""<text class="tick" x="{Label - 8}" y="{Top + w.Index * Row + Bar - 2}" text-anchor="end">{w.Item}</text>"""))}
            {Html.Each(Bars(), bar => bar)}
            <text class="tick" x="{Label}" y="{height - 6}">{ReportPage.Time(begin)}</text>
            <text class="tick" x="{Width}" y="{height - 6}" text-anchor="end">{Numbers.Duration(end - begin)} later</text>
            </svg>
            """);

        IEnumerable<Html> Bars()
        {
            foreach (var (i, generation) in generations.Index())
            {
                var until = i + 1 < generations.Count ? generations[i + 1].Formed!.Value : end;
                var (left, right) = (At(generation.Formed!.Value), At(until));
                foreach (var worker in generation.Workers)
                {
                    if (workers.IndexOf(worker) is >= 0 and var row)
                        yield return Html.Of($"""<rect class="generation-{i % 2}" x="{left}" y="{Top + row * Row}" width="{Math.Max(1, right - left - 1)}" height="{Bar}"><title>generation {generation.Generation}, from step {generation.Step}: {generation.Reason}</title></rect>""");
                }
            }
        }

        double At(DateTimeOffset time) => Label + Math.Clamp((time - begin).TotalSeconds / span, 0, 1) * (Width - Label);
    }
}
