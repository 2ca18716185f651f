using PretrainCluster.Cli.Reports.Sections;

namespace PretrainCluster.Cli.Reports;

/// <summary>The page around the sections: one file, its style and script within, and a policy that lets it load nothing from anywhere.</summary>
public static class ReportPage
{
    public static Html Render(RunReport report) => Page(report.Run.Name, Html.Of(
        $"""
        {SummarySection.Render(report)}
        {CurvesSection.Render(report)}
        {EvaluationSection.Render(report)}
        {ConfusionSection.Render(report)}
        {EmbeddingSection.Render(report)}
        {FactsSections.Dataset(report)}
        {FactsSections.RunAndMachine(report)}
        {FactsSections.Plan(report)}
        {WorkersSection.Render(report)}
        {EventsSection.Render(report)}
        """), report.Written);

    internal static Html Page(string title, Html body, DateTimeOffset written) => Html.Of(
        $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
        <title>{title}</title>
        <style>{Asset("report.css")}</style>
        </head>
        <body>
        <main>
        {body}
        <footer>Written {Time(written)} by pretrain {Version}.</footer>
        </main>
        <script>{Asset("report.js")}</script>
        </body>
        </html>

        """);

    internal static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>A section of the page; nothing where <paramref name="body"/> is empty.</summary>
    internal static Html Section(string title, Html body) =>
        body.Markup.Length == 0 ? Html.Empty : Html.Of($"<section>\n<h2>{title}</h2>\n{body}\n</section>\n");

    static string Version => typeof(ReportPage).Assembly.GetName().Version?.ToString(3) ?? "";

    static Html Asset(string name)
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not in the assembly");
        using var reader = new StreamReader(stream);
        return new Html(reader.ReadToEnd());
    }
}
