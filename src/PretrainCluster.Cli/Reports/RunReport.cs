using PretrainCluster.Artifacts.Files;

namespace PretrainCluster.Cli.Reports;

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
