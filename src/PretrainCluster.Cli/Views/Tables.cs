using System.Text;
using System.Text.Json;

namespace PretrainCluster.Cli.Views;

/// <summary>Columns lined up with spaces: the same text on a terminal, in a file and in a pipe. Numbers stand to the right.</summary>
public sealed class TextTable(params string[] headers)
{
    readonly List<string[]> rows = [];
    readonly HashSet<int> rightAligned = [];

    /// <summary>Columns that hold numbers, counted from 0.</summary>
    public TextTable AlignRight(params int[] columns)
    {
        rightAligned.UnionWith(columns);
        return this;
    }

    public void Add(params string[] cells)
    {
        if (cells.Length != headers.Length)
            throw new ArgumentException($"{cells.Length} cells for {headers.Length} columns", nameof(cells));
        rows.Add(cells);
    }

    public int Count => rows.Count;

    public void Write(TextWriter output, string indent = "")
    {
        var widths = headers.Select((h, i) => rows.Select(r => Width(r[i])).Append(Width(h)).Max()).ToArray();
        output.WriteLine(indent + Line(headers, widths));
        output.WriteLine(indent + string.Join("  ", widths.Select(w => new string('─', w))));
        foreach (var row in rows)
            output.WriteLine(indent + Line(row, widths));
    }

    string Line(string[] cells, int[] widths)
    {
        var line = new StringBuilder();
        for (var i = 0; i < cells.Length; i++)
        {
            var padding = new string(' ', widths[i] - Width(cells[i]));
            line.Append(rightAligned.Contains(i) ? padding + cells[i] : cells[i] + padding).Append("  ");
        }

        return line.ToString().TrimEnd();
    }

    static int Width(string text) => new StringInfo(text).LengthInTextElements;
}

/// <summary>What a command says to a script instead.</summary>
static class JsonOutput
{
    public static void WriteJson<T>(this TextWriter output, T value) =>
        output.WriteLine(JsonSerializer.Serialize(value, JsonText.Indented));
}

/// <summary>A run's workers as lines of text: rank, worker, slot, state, step, clips per second, step times.</summary>
static class WorkerTable
{
    public static void Write(RunStatusView run, TextWriter output, string indent = "")
    {
        var table = new TextTable("rank", "worker", "device", "process", "state", "step", "clips/s", "step p50", "p95", "own share", "memory").AlignRight(0, 3, 5, 6, 7, 8, 9, 10);
        foreach (var worker in run.Workers.OrderBy(w => w.Rank < 0 ? int.MaxValue : w.Rank).ThenBy(w => w.Worker, StringComparer.Ordinal))
            table.Add(
                worker.Rank < 0 ? "–" : $"{worker.Rank}",
                worker.Worker,
                worker.Node == "local" ? worker.Slot : $"{worker.Node}/{worker.Slot}",
                worker.ProcessId > 0 ? $"{worker.ProcessId}" : "",
                worker.State,
                worker.Step < 0 ? "" : Numbers.Count(worker.Step),
                worker.ClipsPerSecond > 0 ? Numbers.Rate(worker.ClipsPerSecond) : "",
                Numbers.Seconds(worker.StepP50),
                Numbers.Seconds(worker.StepP95),
                Numbers.Seconds(worker.ComputeP50),
                worker.Memory > 0 ? Numbers.Bytes(worker.Memory) : "");
        table.Write(output, indent);
    }

    /// <summary>The same for a terminal, cut to its width.</summary>
    public static IEnumerable<string> Lines(RunStatusView run, int width)
    {
        using var text = new StringWriter();
        Write(run, text);
        return text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Length > width ? line[..width] : line);
    }
}

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
