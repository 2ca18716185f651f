using System.Text;
using System.Text.Json;
using PretrainCluster.Artifacts.Stores;

namespace PretrainCluster.Cli.Registry;

/// <summary>Everything that is known of a pulled checkpoint; model.json, and for people MODEL_CARD.md.</summary>
/// <param name="Name">as it was pulled: NAME:TAG, or RUN@STEP</param>
/// <param name="Checkpoint">digest of the manifest</param>
/// <param name="Files">what was pulled, by file name</param>
/// <param name="Evaluations">of this checkpoint, and of the control beside it</param>
/// <param name="Stage">that the checkpoint is of; null where its run has none</param>
sealed record ModelCard(
    int Format, string Name, string Run, long Step, string Checkpoint, DateTimeOffset Time, string Code, long Seed, string PlanSha256, string DataSha256, CheckpointData? Data,
    IReadOnlyDictionary<string, double>? Metrics, IReadOnlyDictionary<string, ModelFile> Files, IReadOnlyList<EvaluationResult> Evaluations, string? Stage = null)
{
    public const int CurrentFormat = 1;
    public const string JsonName = "model.json", TextName = "MODEL_CARD.md", PlanName = "plan.yaml";

    public static async Task<ModelCard> MakeAsync(CheckpointName name, CheckpointManifest manifest, IReadOnlyDictionary<string, ModelFile> files, CancellationToken cancellation)
    {
        var stored = (await name.Store.Evaluations.ListAsync(manifest.Run, cancellation)).Select(record => record.Deserialize<EvaluationResult>(JsonText.Line)!);
        var local = name.Folder?.ReadEvaluations() ?? [];
        // What is of another checkpoint says nothing about this one; the control, which has none, is what its figures compare with.
        var evaluations = local.Concat(stored).Where(result => result.Checkpoint is null || result.Checkpoint == manifest.Digest)
            .DistinctBy(result => (EvaluationComparison.KeyOf(result), result.Encoder, result.WeightsSha256))
            .OrderBy(result => result.Protocol, StringComparer.Ordinal).ThenBy(result => result.Version).ThenBy(result => result.Encoder, StringComparer.Ordinal).ToList();
        return new(CurrentFormat, name.Tag?.ToString() ?? $"{manifest.Run}@{manifest.Step}", manifest.Run, manifest.Step, manifest.Digest, manifest.Time, manifest.Code, manifest.Seed,
            manifest.PlanSha256, manifest.DataSha256, manifest.Data, manifest.Metrics, files, evaluations, manifest.Stage);
    }

    public string ToJson() => JsonSerializer.Serialize(this, JsonText.Indented) + "\n";

    public string ToMarkdown(string plan)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {Name}\n\nAn encoder of human skeleton motion, pretrained by PretrainCluster {Code}.\n\n| | |\n|---|---|\n");
        Row("run, step", $"{Run}, {Step}{(Stage is { } stage ? $", stage {stage}" : "")}");
        Row("checkpoint", Checkpoint);
        Row("written", Time.ToString("u", CultureInfo.InvariantCulture));
        Row("seed", Seed.ToString(CultureInfo.InvariantCulture));
        Row("plan", PlanSha256);
        Row("dataset", DataSha256);
        if (Data is { } data)
        {
            Row("trained on", FormattableString.Invariant($"{data.Name}, the {data.Clips} training clips of split {data.Split}"));
            Row("clips", FormattableString.Invariant($"{data.Persons} persons, {data.Joints} joints ({data.Layout}), {data.Preprocessing}"));
        }
        foreach (var (metric, value) in Metrics ?? new Dictionary<string, double>())
            Row(metric, Numbers.Short(value));
        foreach (var (file, facts) in Files)
            Row(file, $"{Numbers.Bytes(facts.Bytes)}, SHA-256 {facts.Sha256}");

        text.Append("\n## Evaluations\n\n");
        if (Evaluations.Count == 0)
            text.Append(CultureInfo.InvariantCulture, $"None yet: `pretrain evaluate {Run}@{Step}`, then pull again.\n");
        else
            text.Append("| protocol | encoder | on | figure | % | seeds | weights | checkpoint |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var result in Evaluations)
        {
            foreach (var figure in result.Measurements)
                text.Append(CultureInfo.InvariantCulture, $"| {EvaluationComparison.TitleOf(result)} | {result.Subject()} | {result.Dataset}, {result.Split} ({Numbers.Digest(result.DatasetSha256)}) | {figure.Name} | {Numbers.MeanAndInterval(figure)} | {string.Join(", ", figure.Seeds)} | {Numbers.Digest(result.WeightsSha256)} | {Numbers.Digest(result.Checkpoint)} |\n");
        }
        foreach (var description in Evaluations.Select(result => $"- {result.Protocol} v{result.Version}: {result.Description}\n").Distinct())
            text.Append(text[^2] == '|' ? "\n" : "").Append(description);

        text.Append("\n## Use\n\n");
        text.Append("    pretrain evaluate weights.safetensors --plan plan.yaml --protocol knn\n\n");
        text.Append("From Python, with numpy alone:\n\n```python\n").Append(Reader).Append("```\n");
        text.Append("\n## Plan\n\n```yaml\n").Append(plan.TrimEnd()).Append("\n```\n");
        return text.ToString();

        void Row(string key, string value) => text.Append(CultureInfo.InvariantCulture, $"| {key} | {value} |\n");
    }

    /// <summary>A model.json as it lies in a folder; null where it is none.</summary>
    public static ModelCard? Read(string folder)
    {
        try
        {
            var path = Path.Combine(folder, JsonName);
            var card = File.Exists(path) && new FileInfo(path).Length <= 64 << 20 ? JsonSerializer.Deserialize<ModelCard>(File.ReadAllText(path), JsonText.Line) : null;
            return card is { Format: CurrentFormat, Files: not null, Checkpoint: not null } && card.Files.All(file => ArtifactName.IsValid(file.Key) && file.Value is not null) ? card : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    const string Reader = """
        import json
        import numpy as np

        def read_safetensors(path):
            data = np.memmap(path, np.uint8, "r")
            start = 8 + int(data[:8].view("<u8")[0])
            header = json.loads(bytes(data[8:start]))
            types = {"F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}
            return {name: data[start + t["data_offsets"][0]:start + t["data_offsets"][1]].view(types[t["dtype"]]).reshape(t["shape"])
                    for name, t in header.items() if name != "__metadata__"}

        weights = read_safetensors("weights.safetensors")

        """;
}

/// <summary>A file of a pulled model.</summary>
/// <param name="Sha256">lower-case hex</param>
sealed record ModelFile(long Bytes, string Sha256);
