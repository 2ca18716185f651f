namespace PretrainCluster.Cli.Inspection;

/// <summary><c>pretrain runs</c>: the runs there are, and how far each came.</summary>
public static class RunsCommand
{
    public static Command Create()
    {
        var runs = RunsOption.Create();
        var json = new Option<bool>("--json") { Description = "one JSON array instead of a table" };
        var command = new Verb("runs", "the runs there are, and how far each came")
        {
            Group = VerbGroup.Runs,
            Examples = [new("pretrain runs", "a table of the folder runs"), new("pretrain runs --runs /mnt/shared/runs --json", "another folder, for a script"), new("pretrain runs --cluster 127.0.0.1:4053", "what a cluster carries, and what waits there")],
        };
        command.Add(runs);
        command.Add(json);
        var cluster = ClusterArguments.Optional().AddTo(command);
        command.SetAction(async (parse, cancellation) =>
        {
            using var access = cluster.Open(parse);
            return access is not null
                ? await List(access, parse.GetValue(json), parse.Output(), cancellation)
                : List(parse.GetRequiredValue(runs), parse.GetValue(json), parse.Output());
        });
        return command;
    }

    static int List(string runs, bool json, TextWriter output)
    {
        var folders = RunFolder.List(runs);
        if (json)
        {
            output.WriteJson(folders.Select(f => f.ReadInfo()));
            return Entry.Done;
        }

        if (folders.Count == 0)
        {
            output.WriteLine($"no run under {runs} yet: `pretrain demo` makes a first one, `pretrain run PLAN.yaml` any other");
            return Entry.Done;
        }

        var table = new TextTable("run", "status", "epoch", "step", "loss", "trained", "started", "by", "evaluation")
            .AlignRight(2, 3, 4, 5);
        foreach (var folder in folders)
            table.Add(Row(folder));
        table.Write(output);
        return Entry.Done;
    }

    static async Task<int> List(ClusterLink cluster, bool json, TextWriter output, CancellationToken cancellation)
    {
        var runs = ((ClusterStatus)await cluster.AskAsync(new AskStatus(null), cancellation)).Runs;
        if (json)
        {
            output.WriteJson(runs);
            return Entry.Done;
        }
        var table = new TextTable("run", "state", "priority", "generation", "step", "workers", "by", "reason")
            .AlignRight(2, 3, 4, 5);
        foreach (var run in runs)
            table.Add(
                run.Run, run.State, $"{run.Priority}", $"{run.Generation}", Numbers.Count(run.Step),
                $"{run.Workers.Count}/{run.Target}", run.By, run.Reason);
        table.Write(output);
        return Entry.Done;
    }

    static string[] Row(RunFolder folder)
    {
        RunInfo info;
        try
        {
            info = folder.ReadInfo();
        }
        catch (InputException)
        {
            // One damaged run must not hide the others; `pretrain show` says what is wrong with it.
            return [folder.Name, "unreadable", "", "", "", "", "", "", ""];
        }

        var last = folder.ReadMetrics() is [.., var metrics] ? metrics : null;
        var headline = EvaluationComparison.InOrder(folder.ReadEvaluations()).FirstOrDefault(r => !EvaluationComparison.IsControl(r));
        return
        [
            info.Name,
            info.Status.ToString().ToLowerInvariant(),
            last is null ? "" : $"{Numbers.Fixed(last.Epoch, 1)}/{info.Epochs}",
            $"{Numbers.Count(info.Step)}/{Numbers.Count(info.Steps)}",
            last is null ? "" : Numbers.Short(last.Loss),
            Numbers.Duration(TimeSpan.FromSeconds(info.Seconds)),
            info.Started.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
            info.By ?? "",
            headline is null ? "" : EvaluationTable.Headline(headline),
        ];
    }
}
