using PretrainCluster.Artifacts.Files;
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

/// <summary>Everything that a run's report shows. What a run has not reached yet is empty.</summary>
public sealed record RunReport
{
    public required RunInfo Run { get; init; }

    /// <summary>The plan as YAML.</summary>
    public required string Plan { get; init; }

    /// <summary>The dataset's description; null where the dataset cannot be opened any more.</summary>
    public DatasetDescription? Dataset { get; init; }

    public IReadOnlyList<StepMetrics> Metrics { get; init; } = [];
    public IReadOnlyList<MonitorMetrics> Monitor { get; init; } = [];
    public IReadOnlyList<RunEvent> Events { get; init; } = [];
    public IReadOnlyList<GenerationRecord> Generations { get; init; } = [];
    public IReadOnlyList<WorkerRecord> Workers { get; init; } = [];
    public IReadOnlyList<EvaluationResult> Evaluations { get; init; } = [];
    public IReadOnlyList<EmbeddingMap> Embeddings { get; init; } = [];

    /// <summary>When the report was written.</summary>
    public required DateTimeOffset Written { get; init; }

    public static RunReport Read(RunFolder folder, DatasetDescription? dataset, DateTimeOffset now) => new()
    {
        Run = folder.ReadInfo(),
        Plan = File.Exists(folder.PlanFile) ? File.ReadAllText(folder.PlanFile) : "",
        Dataset = dataset,
        Metrics = folder.ReadMetrics(),
        Monitor = folder.ReadMonitor(),
        Events = folder.ReadEvents(),
        Generations = folder.ReadGenerations(),
        Workers = folder.ReadWorkers(),
        Evaluations = folder.ReadEvaluations(),
        Embeddings = folder.ReadEmbeddings(),
        Written = now,
    };

    /// <summary>Writes runs/NAME/report.html from what the folder holds and returns its path.</summary>
    /// <param name="dataset">the run's dataset, where it can be opened</param>
    public static string Write(RunFolder folder, DatasetDescription? dataset, DateTimeOffset now)
    {
        var page = ReportPage.Render(Read(folder, dataset, now));
        AtomicFile.WriteAllText(folder.ReportFile, page.Markup);
        return folder.ReportFile;
    }
}
