using PretrainCluster.Artifacts.Files;

namespace PretrainCluster.Cli.Tables;

/// <summary>Carries out a table, some runs at a time: measures the rows' speeds where that was not done, pretrains and evaluates every row with every seed, and trains from scratch. Whatever is there already is left.</summary>
sealed class TableCampaign(TablePlan table, TableRuns rows, string runs, double measureSeconds, TextWriter output, TimeProvider clock)
{
    const int Endless = 100_000;
    static readonly TimeSpan s_status = TimeSpan.FromSeconds(30), s_look = TimeSpan.FromMilliseconds(200);

    readonly TableBudget _budget = new(table, rows.Folder);
    readonly Lock _output = new();
    int _failed;

    public TableBudget Budget => _budget;

    /// <returns>whether everything is there now</returns>
    public async Task<bool> Run(CancellationToken cancellation)
    {
        Directory.CreateDirectory(rows.Folder);
        await Each("measured", [.. table.Rows.Where(row => _budget.EpochsOf(row) is null).Select(row => new Job($"the speed of {row.Name}", null, stop => Measure(row, stop)))], cancellation);
        var jobs = table.Rows.Where(row => _budget.EpochsOf(row) is not null)
            .SelectMany(row => table.Seeds.Select(seed => (Row: row, Seed: seed, Plan: rows.PlanOf(row, seed, _budget.EpochsOf(row)))))
            .Where(run => rows.Find(run.Row, run.Seed, run.Plan) is null)
            .Select(run => new Job($"{run.Row.Name}, seed {run.Seed}", run.Plan.Name, stop => Pretrain(run.Row, run.Seed, run.Plan, stop)));
        await Each("done", [.. jobs], cancellation);
        await Each("done", Supervised(), cancellation);
        return _failed == 0;
    }

    List<Job> Supervised()
    {
        var (row, seed) = (table.Rows[0], table.Seeds[0]);
        if (!table.Supervised || _failed > 0)
            return [];
        var plan = rows.PlanOf(row, seed, _budget.EpochsOf(row));
        // The run keeps the evaluations that it was begun with; the table's may have changed since.
        string[] arguments =
        [
            "evaluate", plan.Name, "--protocol", TableRuns.Supervised, "--seeds", $"{table.Seeds.Count}", "--runs", runs,
            "--set", $"evaluation.supervised.epochs={plan.Evaluation.Supervised.Epochs}", "--set", string.Create(CultureInfo.InvariantCulture, $"view.crop.evaluation={plan.View.Crop.Evaluation}"),
            "--set", $"evaluation.classes={PlanNames.Of(plan.Evaluation.Classes)}", "--set", $"evaluation.novel_classes=[{string.Join(", ", plan.Evaluation.NovelClasses)}]",
        ];
        return rows.FindSupervised(plan) is not null ? [] : [new($"{row.Name} from scratch", null, async stop =>
        {
            await Carry($"{plan.Name}-supervised", arguments, stop);
            return rows.FindSupervised(plan) is { } result ? EvaluationTable.Headline(result) : throw new InputException($"{plan.Name}: no result of {TableRuns.Supervised} was written");
        })];
    }

    async Task<string> Pretrain(TableRow row, long seed, Plan plan, CancellationToken stop)
    {
        await Carry(plan.Name, ["run", Write(plan), "--runs", runs], stop);
        var result = rows.Find(row, seed, plan) ?? throw new InputException($"{plan.Name}: not every column's figure was written; `pretrain show {plan.Name}` says what there is");
        return string.Join(", ", table.Columns.Zip(result.Figures, (column, figure) => $"{column.Title} {Numbers.Fixed(figure.Mean, 1)}"));
    }

    /// <summary>Trains each stage for a while by itself, throws that away, and keeps how fast it was.</summary>
    async Task<string> Measure(TableRow row, CancellationToken stop)
    {
        var recipe = rows.PlanOf(row, table.Seeds[0], null);
        var (stages, speeds) = (PlanStages.Of(recipe), new List<double>());
        foreach (var stage in stages)
            speeds.Add(await Speed(TableBudget.Scaled(stage, [Endless]) with { Name = $"{table.Name}-{row.Name}-speed", Evaluation = new(), Checkpoints = new() { EverySteps = 1_000_000_000 } }, stop));
        var clips = TableBudget.ClipsOf(recipe);
        lock (_output)
        {
            _budget.Keep(row, [.. stages.Select(stage => stage.Training.Epochs)], speeds, clips);
            return $"{string.Join(" and ", speeds.Select(Numbers.Rate))} clips/s, so {string.Join(" + ", _budget.EpochsOf(row)!)} epochs";
        }
    }

    /// <returns>clips per second</returns>
    async Task<double> Speed(Plan plan, CancellationToken stop)
    {
        var folder = RunFolder.At(runs, plan.Name);
        Remove(folder);
        using var measuring = new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, measuring.Token);
        using var process = TableProcess.Start(LogOf(plan.Name), "run", Write(plan), "--runs", runs);
        var ended = process.Wait(either.Token);
        while (!ended.IsCompleted && !(folder.Exists && folder.ReadMetrics() is [var first, .., var last] && last.Seconds - first.Seconds >= measureSeconds))
            await Task.WhenAny(ended, Task.Delay(s_look, clock, CancellationToken.None));
        await measuring.CancelAsync();
        await ended;
        stop.ThrowIfCancellationRequested();
        var steps = folder.Exists ? folder.ReadMetrics() : [];
        Remove(folder);
        return steps.Count >= 2 ? (steps.Count - 1) * plan.Training.Batch.Clips / (steps[^1].Seconds - steps[0].Seconds)
            : throw new InputException(process.LastError.Length > 0 ? process.LastError : $"{plan.Name} took no step; {LogOf(plan.Name)} says what happened");
    }

    async Task Carry(string name, string[] arguments, CancellationToken stop)
    {
        using var process = TableProcess.Start(LogOf(name), arguments);
        var code = await process.Wait(stop);
        stop.ThrowIfCancellationRequested();
        if (code != 0)
            throw new InputException(process.LastError.Length > 0 ? process.LastError : $"pretrain {string.Join(' ', arguments)} ended with {code}; {LogOf(name)} says why");
    }

    async Task Each(string verb, List<Job> jobs, CancellationToken cancellation)
    {
        var (done, began, running, next) = (0, clock.GetTimestamp(), new List<Job>(), 0);
        using var status = clock.CreateTimer(_ => Say(Status()), null, s_status, s_status);
        await Task.WhenAll(Enumerable.Range(0, Math.Min(table.AtATime, jobs.Count)).Select(_ => Task.Run(Lane, CancellationToken.None)));
        cancellation.ThrowIfCancellationRequested();

        async Task Lane()
        {
            while (!cancellation.IsCancellationRequested && Interlocked.Increment(ref next) - 1 is var i && i < jobs.Count)
            {
                var job = jobs[i];
                lock (_output)
                    running.Add(job);
                Say($"[{i + 1}/{jobs.Count}] {job.Title}: started");
                var started = clock.GetTimestamp();
                string said;
                try
                {
                    var came = await job.Carry(cancellation);
                    said = $"{verb} in {Numbers.Duration(clock.GetElapsedTime(started))}: {came}";
                    Interlocked.Increment(ref done);
                }
                catch (OperationCanceledException)
                {
                    said = "stopped; the same command goes on from there";
                }
                catch (Exception failure) when (failure is InputException or IOException)
                {
                    Interlocked.Increment(ref _failed);
                    said = $"failed: {failure.Message}";
                }
                lock (_output)
                    running.Remove(job);
                Say($"[{i + 1}/{jobs.Count}] {job.Title}: {said}");
            }
        }

        string Status()
        {
            lock (_output)
            {
                var left = done > 0 ? $", about {Numbers.Duration(clock.GetElapsedTime(began) / done * (jobs.Count - done))} left" : "";
                return running.Count == 0 ? "" : $"  {done} of {jobs.Count} {verb}{left}; {string.Join(", ", running.Select(job => $"{job.Title}{Where(job)}"))}";
            }
        }
    }

    string Where(Job job) =>
        job.Run is { } run && RunFolder.At(runs, run) is { Exists: true } folder && folder.ReadMetrics() is [.., var last]
            ? last.Step < folder.ReadInfo().Steps ? $" in epoch {Numbers.Fixed(last.Epoch, 1)}" : " being evaluated" : "";

    void Say(string line)
    {
        if (line.Length == 0)
            return;
        lock (_output)
            output.WriteLine(line);
    }

    string Write(Plan plan)
    {
        var file = Path.Combine(rows.Folder, $"{plan.Name}.yaml");
        AtomicFile.WriteAllText(file, PlanText.Write(plan));
        return file;
    }

    string LogOf(string name) => Path.Combine(rows.Folder, $"{name}.log");

    static void Remove(RunFolder folder)
    {
        if (Directory.Exists(folder.Path))
            Directory.Delete(folder.Path, recursive: true);
    }

    /// <param name="Run">name of the run that shows how far it is</param>
    /// <param name="Carry">does it, and says what came out</param>
    sealed record Job(string Title, string? Run, Func<CancellationToken, Task<string>> Carry);
}
