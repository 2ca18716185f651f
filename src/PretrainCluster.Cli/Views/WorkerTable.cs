namespace PretrainCluster.Cli.Views;

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
