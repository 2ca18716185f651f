namespace PretrainCluster.Cli.Reports.Sections;

/// <summary>The test clips' features in two dimensions, with one legend for all plots.</summary>
static class EmbeddingSection
{
    public static Html Render(RunReport report)
    {
        var maps = report.Embeddings.Where(m => m.Points.Count > 0 && m.Points.Count == m.Labels.Count).ToList();
        if (maps.Count == 0)
            return Html.Empty;

        var labels = maps.SelectMany(m => m.Labels).Distinct().Order();
        var names = maps.Select(m => m.ClassNames).FirstOrDefault(n => n is not null);
        return ReportPage.Section("Features in two dimensions", Html.Of(
            $"""
            <p class="note">A mark is a test clip, its colour and shape the class. Axes have no unit; what counts is which clips lie together. Point at a class to see it alone.</p>
            <div class="row two">{Html.Each(maps, Plot)}</div>
            {ScatterPlot.Legend(labels, ClassNames.Of(names))}
            """));
    }

    static Html Plot(EmbeddingMap map)
    {
        var title = $"{map.Encoder}: {Numbers.Count(map.Points.Count)} clips";
        var thinned = map.Points.Count > ScatterPlot.MostMarks ? "; an even share of them is drawn" : "";
        return Html.Of($"""<figure><figcaption>{title} <span class="note">{map.Method}{thinned}</span></figcaption>{ScatterPlot.Draw(map.Points, map.Labels, title)}</figure>""");
    }
}
