using System.Security.Cryptography;
using System.Text;
using PretrainCluster.Artifacts.Files;
using PretrainCluster.Learning.Evaluation;

namespace PretrainCluster.Training.Runs;

/// <summary>
/// A run's folder, runs/NAME: plan.yaml, initial.safetensors, run.json, metrics.jsonl, events.jsonl, generations.jsonl, workers.jsonl, monitor.jsonl, tensorboard/, store/, evaluations/ and report.html.
/// Whole files appear under their names complete or not at all; the logs survive a torn last line.
/// </summary>
public sealed class RunFolder
{
    const int MaxNameLength = 128, MaxSplitLength = 64;

    public RunFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
    }

    public string Path { get; }

    public string Name => System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(Path));

    public string PlanFile => In("plan.yaml");

    /// <summary>The run's own copies of its plan's extensions.</summary>
    public string ExtensionsFolder => In("extensions");

    /// <summary>The encoder that the run began with, where its plan names one.</summary>
    public string InitialFile => In("initial.safetensors");
    public string InfoFile => In("run.json");
    public string MetricsFile => In("metrics.jsonl");
    public string EventsFile => In("events.jsonl");
    public string GenerationsFile => In("generations.jsonl");
    public string WorkersFile => In("workers.jsonl");
    public string MonitorFile => In("monitor.jsonl");
    public string TensorBoardFolder => In("tensorboard");
    public string StoreFolder => In("store");
    public string EvaluationsFolder => In("evaluations");
    public string ReportFile => In("report.html");

    /// <summary>True once the run has written its run.json.</summary>
    public bool Exists => File.Exists(InfoFile);

    /// <summary>The folder of the run <paramref name="name"/> under <paramref name="runs"/>, whether it exists or not; a name is a plain file name.</summary>
    public static RunFolder At(string runs, string name)
    {
        if (!IsName(name))
            throw new InputException($"run name \"{name}\": use letters, digits, '.', '-' and '_', starting with a letter or a digit, at most {MaxNameLength} characters");
        return new RunFolder(System.IO.Path.Combine(runs, name));
    }

    /// <summary>Opens the run <paramref name="run"/>: a name under <paramref name="runs"/>, or the path of a run's folder.</summary>
    public static RunFolder Open(string runs, string run)
    {
        var folder = IsName(run) && !File.Exists(System.IO.Path.Combine(run, "run.json")) ? At(runs, run) : new RunFolder(run);
        if (folder.Exists)
            return folder;

        var known = List(runs).Select(f => f.Name).ToList();
        var hint = known.Count > 0 ? $"there are {string.Join(", ", known.Take(20))}" : "there is none yet; `pretrain demo` or `pretrain run PLAN.yaml` makes one";
        throw new InputException($"no run \"{run}\" under {runs}: {hint}");
    }

    /// <summary>The runs under <paramref name="runs"/>, by name; empty where the folder does not exist.</summary>
    public static IReadOnlyList<RunFolder> List(string runs) =>
        Directory.Exists(runs)
            ? [.. Directory.EnumerateDirectories(runs).Select(path => new RunFolder(path)).Where(f => f.Exists).OrderBy(f => f.Name, StringComparer.Ordinal)]
            : [];

    public RunInfo ReadInfo() => JsonFile.Read<RunInfo>(InfoFile);

    public void WriteInfo(RunInfo info) => JsonFile.Write(InfoFile, info);

    public void WritePlan(string yaml) => AtomicFile.WriteAllText(PlanFile, yaml);

    public JsonLinesWriter<StepMetrics> AppendMetrics() => new(MetricsFile);

    public IReadOnlyList<StepMetrics> ReadMetrics() => JsonLines.Read<StepMetrics>(MetricsFile);

    public JsonLinesWriter<RunEvent> AppendEvents() => new(EventsFile);

    public IReadOnlyList<RunEvent> ReadEvents() => JsonLines.Read<RunEvent>(EventsFile);

    public JsonLinesWriter<GenerationRecord> AppendGenerations() => new(GenerationsFile);

    public IReadOnlyList<GenerationRecord> ReadGenerations() => JsonLines.Read<GenerationRecord>(GenerationsFile);

    public JsonLinesWriter<WorkerRecord> AppendWorkers() => new(WorkersFile);

    public IReadOnlyList<WorkerRecord> ReadWorkers() => JsonLines.Read<WorkerRecord>(WorkersFile);

    public JsonLinesWriter<MonitorMetrics> AppendMonitor() => new(MonitorFile);

    public IReadOnlyList<MonitorMetrics> ReadMonitor() => JsonLines.Read<MonitorMetrics>(MonitorFile);

    /// <summary>Writes a result under a name made of its protocol, version, settings, encoder, weights, split, dataset and novel classes, so that it replaces none but its own kind.</summary>
    public void WriteEvaluation(EvaluationResult result) =>
        JsonFile.Write(System.IO.Path.Combine(EvaluationsFolder, $"{NameOf(result)}.json"), result);

    /// <summary>All results, by protocol, with the control before the pretrained encoder.</summary>
    public IReadOnlyList<EvaluationResult> ReadEvaluations() =>
        [.. Files("*.json").Where(f => !IsEmbedding(f)).Select(JsonFile.Read<EvaluationResult>)
            .OrderBy(r => r.Protocol, StringComparer.Ordinal).ThenBy(r => r.Version).ThenByDescending(r => r.Encoder, StringComparer.Ordinal).ThenBy(r => r.Step)];

    public void WriteEmbedding(EmbeddingMap map) =>
        JsonFile.Write(System.IO.Path.Combine(EvaluationsFolder, $"embedding-{Slug(map.Encoder)}.json"), map);

    public IReadOnlyList<EmbeddingMap> ReadEmbeddings() =>
        [.. Files("*.json").Where(IsEmbedding).Select(JsonFile.Read<EmbeddingMap>).OrderByDescending(m => m.Encoder, StringComparer.Ordinal)];

    string In(string name) => System.IO.Path.Combine(Path, name);

    IEnumerable<string> Files(string pattern) =>
        Directory.Exists(EvaluationsFolder) ? Directory.EnumerateFiles(EvaluationsFolder, pattern).Order(StringComparer.Ordinal) : [];

    static bool IsEmbedding(string path) => System.IO.Path.GetFileName(path).StartsWith("embedding-", StringComparison.Ordinal);

    static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    /// <summary>What a result's file is named, in the run's folder and in its store.</summary>
    public static string NameOf(EvaluationResult result) =>
        $"{Slug(result.Protocol)}-v{result.Version}-{Slug(result.Encoder)}-{Short(result.WeightsSha256)}-{Shortened(Slug(result.Split))}-{Short(result.DatasetSha256)}{Suffix(result)}";

    // Long and rare: a digest tells them apart well enough.
    static string Suffix(EvaluationResult result)
    {
        var text = $"{result.Settings};{string.Join(',', result.NovelClasses)}";
        return text == ";" ? "" : $"-{Digest(text)}";
    }

    static string Shortened(string slug) => slug.Length <= MaxSplitLength ? slug : $"{slug[..MaxSplitLength]}-{Digest(slug)}";

    static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];

    static string Slug(string text) =>
        string.Concat(text.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));

    static string Short(string digest) => digest.Length > 12 ? digest[..12] : digest;
}

/// <summary>Holds runs/NAME for one process at a time. The lock goes with the process, however it ends.</summary>
public sealed class RunLock : IDisposable
{
    readonly FileStream _file;

    RunLock(FileStream file) => _file = file;

    /// <param name="holder">who has it, as far as is known, for the message</param>
    /// <exception cref="InputException">another process works on this run</exception>
    public static RunLock Acquire(string runDirectory, string holder = "another process")
    {
        var path = Path.Combine(runDirectory, "lock");
        try
        {
            return new RunLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException exception) when (File.Exists(path) && exception is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw new InputException($"{runDirectory}: {holder} is working on this run; wait for it, stop it with `pretrain cancel`, or choose another name with --set name=NAME", exception);
        }
    }

    public void Dispose() => _file.Dispose();
}
