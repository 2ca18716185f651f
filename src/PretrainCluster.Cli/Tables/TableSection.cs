using System.Text;
using PretrainCluster.Artifacts.Files;

namespace PretrainCluster.Cli.Tables;

/// <summary>What a table says, as Markdown, and its place in a page: between two comments, so that it can be written again.</summary>
static class TableSection
{
    /// <param name="budget">knows the speeds that were measured</param>
    /// <param name="results">of every row and seed that is there</param>
    /// <param name="supervised">training from scratch; null where it was not done</param>
    /// <param name="source">the table's file, as the command names it</param>
    public static string Render(TablePlan table, TableBudget budget, IReadOnlyList<TableResult> results, EvaluationResult? supervised, string source)
    {
        var text = new StringBuilder();
        text.AppendLine($"`./pretrain table {source}`: every row pretrained for {Length(table)}, on one thread, "
            + $"{table.AtATime} runs at a time, seeds {string.Join(", ", table.Seeds)}.");
        if (results.Count > 0)
            text.AppendLine(Describe(table, results[0]));
        text.AppendLine($"Per cent; mean ± 95 % interval (Student's t) over the pretraining seeds{(supervised is null ? "" : ", of training from scratch over its own")}.");
        text.AppendLine();
        text.AppendLine($"| | epochs | clips/s | {string.Join(" | ", table.Columns.Select(column => column.Title))} |");
        text.AppendLine($"|---|---|---|{string.Concat(table.Columns.Select(_ => "---|"))}");
        // Rows that share a control may have been run with different seeds so far; each seed's is one.
        foreach (var control in results.Where(result => result.Control is not null).GroupBy(result => result.ControlOf))
            text.AppendLine($"| random weights ({string.Join(", ", control.Select(result => result.Row).Distinct())}) | | | {Cells(table, [.. control.DistinctBy(result => result.Seed).OrderBy(result => result.Seed)], result => result.Control!)} |");
        foreach (var row in table.Rows)
        {
            TableResult[] of = [.. results.Where(result => result.Row == row.Name).OrderBy(result => result.Seed)];
            text.AppendLine(of.Length == 0 ? $"| {row.Name} | | | {string.Join(" | ", table.Columns.Select(_ => "not run"))} |"
                : $"| {row.Name} | {of[0].Epochs} | {Speeds(budget.SpeedsOf(row), of)} | {Cells(table, of, result => result.Figures)} |");
        }
        if (supervised is not null)
            text.AppendLine($"| supervised from scratch, with labels ({table.Rows[0].Name}'s encoder) | | | {Numbers.MeanAndInterval(supervised.Measurements[0])} |{string.Concat(table.Columns.Skip(1).Select(_ => " |"))}");
        if (results.Count < table.Rows.Count * table.Seeds.Count)
            text.AppendLine().AppendLine($"{table.Rows.Count * table.Seeds.Count - results.Count} of {table.Rows.Count * table.Seeds.Count} runs are missing.");
        text.AppendLine();
        text.AppendLine("Checkpoints (first twelve digits of the manifest's SHA-256), by seed:");
        text.AppendLine();
        foreach (var row in results.GroupBy(result => result.Row))
            text.AppendLine($"- {row.Key}: {string.Join(", ", row.OrderBy(result => result.Seed).Select(result => $"{result.Seed} `{Numbers.Digest(result.Checkpoint)}`"))}");
        return text.ToString();
    }

    /// <summary>Puts the text between the table's comments in a page, or at its end where there are none.</summary>
    /// <exception cref="InputException">The page has one of the comments only.</exception>
    public static void Write(string page, string name, string text)
    {
        var (begin, end) = ($"<!-- table {name}: written by pretrain table -->", $"<!-- end of table {name} -->");
        var before = File.Exists(page) ? File.ReadAllText(page) : "";
        var (from, to) = (before.IndexOf(begin, StringComparison.Ordinal), before.IndexOf(end, StringComparison.Ordinal));
        if (from < 0 != to < 0 || to < from)
            throw new InputException($"{page}: \"{begin}\" and \"{end}\" are expected, one after the other, or neither");
        var section = $"{begin}\n\n{text.TrimEnd()}\n\n{end}";
        AtomicFile.WriteAllText(page, from >= 0 ? before[..from] + section + before[(to + end.Length)..] : $"{before.TrimEnd()}{(before.Length > 0 ? "\n\n" : "")}{section}\n");
    }

    // What was measured beforehand, of each stage: every row's in the same conditions. A run's own speed has in it whatever else the machine did, and stands for a row whose epochs the table gives.
    static string Speeds(IReadOnlyList<double>? measured, TableResult[] of) =>
        measured is null ? Numbers.Rate(of.Average(result => result.ClipsPerSecond)) : string.Join(", ", measured.Select(Numbers.Rate));

    // Only rows without epochs of their own have a budget of time.
    static string Length(TablePlan table)
    {
        string[] given = [.. table.Rows.Where(row => row.Epochs.Count > 0).Select(row => row.Name)];
        if (given.Length == table.Rows.Count)
            return "the epochs that the table gives it";
        return $"{Numbers.AtMost(table.Minutes, 3)} minutes' worth of epochs, fixed once by the speed that was measured beforehand"
            + (given.Length == 0 ? "" : $" ({string.Join(", ", given)}: for the epochs that the table gives)");
    }

    static string Cells(TablePlan table, TableResult[] of, Func<TableResult, IReadOnlyList<Measurement>> figures) => string.Join(" | ", table.Columns.Select((column, i) =>
        Numbers.MeanAndInterval(Statistics.Summarize(column.Title, [.. of.Select(result => result.Seed)], [.. of.Select(result => figures(result)[i].Mean)]))));

    static string Describe(TablePlan table, TableResult result)
    {
        var of = table.Columns.Zip(result.Results, (column, evaluation) => $"{column.Title}: {column.Figure} of {EvaluationComparison.TitleOf(evaluation)} on {evaluation.Split}{(evaluation.NovelClasses.Count > 0 ? $", novel {ClassRanges.Text(evaluation.NovelClasses)}" : "")}");
        return $"Data: {result.Results[0].Dataset} `{Numbers.Digest(result.Results[0].DatasetSha256)}`. {string.Join("; ", of)}.";
    }
}
