using PretrainCluster.Learning;

namespace PretrainCluster.Cli.Tables;

/// <summary><c>pretrain table TABLE</c>: many recipes for equally long, evaluated alike, in one command that goes on where it was stopped.</summary>
public static class TableCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("TABLE") { Description = "the table, a YAML file such as configs/tables/nw-ucla.yaml (docs/tables.md lists its keys)" };
        var page = new Option<string>("--write") { Description = "put the table into this Markdown page, too, in place of the one that it has", HelpName = "FILE" };
        var seconds = new Option<double>("--measure-seconds") { Description = "how long a row's speed is measured", HelpName = "SECONDS", DefaultValueFactory = _ => 20 };
        seconds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (> 0 and <= 3600))
                result.AddError("--measure-seconds: a number above 0, at most 3600, is expected");
        });
        var dryRun = new Option<bool>("--dry-run") { Description = "print what there is to do and how long it takes, and start nothing" };
        var runs = RunsOption.Create();
        var command = new Verb("table", "a table of recipes, pretrained for equally long and evaluated alike; resumable")
        {
            Group = VerbGroup.Runs,
            Examples =
            [
                new("pretrain table configs/tables/nw-ucla.yaml --dry-run", "what it would compute, and for how long"),
                new("pretrain table configs/tables/nw-ucla.yaml --write docs/results.md", "all of it; the same line again goes on where it stopped"),
            ],
        };
        command.Add(file);
        foreach (var option in new Option[] { page, seconds, dryRun, runs })
            command.Add(option);
        command.SetAction((parse, cancellation) =>
        {
            var (source, output) = (parse.GetRequiredValue(file), parse.InvocationConfiguration.Output);
            var table = TableText.Read(source, Methods.BuiltIn);
            var rows = new TableRuns(table, source, parse.GetRequiredValue(runs));
            // Every row's plan is read before anything is started.
            foreach (var row in table.Rows)
                rows.PlanOf(row, table.Seeds[0], row.Epochs.Count > 0 ? row.Epochs : null);
            return parse.GetValue(dryRun)
                ? Task.FromResult(DryRun(table, rows, output))
                : Run(new Work(table, rows, source, parse.GetValue(page)), new TableCampaign(table, rows, parse.GetRequiredValue(runs), parse.GetValue(seconds), output, TimeProvider.System), output, cancellation);
        });
        return command;
    }

    static int DryRun(TablePlan table, TableRuns rows, TextWriter output)
    {
        var budget = new TableBudget(table, rows.Folder);
        var text = new TextTable("row", "plan", "clips an epoch", "epochs", "clips/s", "done", "to evaluate", "to pretrain").AlignRight(2, 3, 4, 5, 6, 7);
        var (timed, given, again) = (0, 0, 0);
        foreach (var row in table.Rows)
        {
            var (epochs, plan) = (budget.EpochsOf(row), rows.PlanOf(row, table.Seeds[0], null));
            var plans = epochs is null ? [] : table.Seeds.Select(seed => (Seed: seed, Plan: rows.PlanOf(row, seed, epochs))).ToList();
            var there = plans.Count(run => rows.Find(row, run.Seed, run.Plan) is not null);
            var pretrained = plans.Count(run => rows.IsPretrained(run.Plan));
            var left = table.Seeds.Count - pretrained;
            if (row.Epochs.Count == 0)
                timed += left;
            else
                given += left;
            again += pretrained - there;
            text.Add(row.Name, row.Plan, SkeletonDatasetIsThere(plan) ? Numbers.Count(TableBudget.ClipsOf(plan)) : plan.Data.Shape is { } shape ? Numbers.Count(shape.Clips) : "", epochs is null ? "to be measured" : string.Join(" + ", epochs),
                budget.SpeedsOf(row) is { } speeds ? string.Join(", ", speeds.Select(Numbers.Rate)) : "", $"{there}", $"{pretrained - there}", $"{left}");
        }
        text.Write(output);
        output.WriteLine(string.Join("; ", Left(table, timed, given, again)));
        output.WriteLine($"columns: {string.Join("; ", table.Columns.Select(column => $"{column.Title} = {column.Figure} of {column.Protocol}"))}");
        return Entry.Done;
    }

    // How long epochs take that the table gives is not known before they were trained.
    static IEnumerable<string> Left(TablePlan table, int timed, int given, int again)
    {
        if (timed > 0)
        {
            var time = TimeSpan.FromMinutes(table.Minutes * ((timed + table.AtATime - 1) / table.AtATime));
            yield return $"{timed} runs of {Numbers.AtMost(table.Minutes, 3)} minutes of pretraining each, {table.AtATime} at a time: about {Numbers.Duration(time)}";
        }
        if (given > 0)
            yield return $"{given} runs of the epochs that the table gives, {table.AtATime} at a time";
        if (timed + given == 0)
            yield return "0 runs to pretrain";
        yield return $"to evaluate: {timed + given + again} runs{(table.Supervised ? ", and training from scratch" : "")}";
    }

    static bool SkeletonDatasetIsThere(Plan plan) => File.Exists(Path.Combine(plan.Data.Dataset, DatasetDescription.FileName));

    static async Task<int> Run(Work work, TableCampaign campaign, TextWriter output, CancellationToken cancellation)
    {
        var complete = await campaign.Run(cancellation);
        var (table, rows) = (work.Table, work.Rows);
        var results = table.Rows.Where(row => campaign.Budget.EpochsOf(row) is not null)
            .SelectMany(row => table.Seeds.Select(seed => rows.Find(row, seed, rows.PlanOf(row, seed, campaign.Budget.EpochsOf(row))))).OfType<TableResult>().ToList();
        var first = table.Rows[0];
        var supervised = table.Supervised && campaign.Budget.EpochsOf(first) is { } epochs ? rows.FindSupervised(rows.PlanOf(first, table.Seeds[0], epochs)) : null;
        var text = TableSection.Render(table, campaign.Budget, results, supervised, work.Source);
        output.WriteLine();
        output.Write(text);
        if (work.Page is { } page)
        {
            TableSection.Write(page, table.Name, text);
            output.WriteLine($"written into {page}");
        }
        return complete ? Entry.Done : Entry.Failed;
    }

    sealed record Work(TablePlan Table, TableRuns Rows, string Source, string? Page);
}
