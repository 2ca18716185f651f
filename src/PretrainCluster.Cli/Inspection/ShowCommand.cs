namespace PretrainCluster.Cli.Inspection;

/// <summary><c>pretrain show RUN</c>: one run's facts, where it stands, its evaluations and its events.</summary>
public static class ShowCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "a run's name, or the path of its folder" };
        var runs = RunsOption.Create();
        var events = new Option<int>("--events") { Description = "newest events shown", HelpName = "N", DefaultValueFactory = _ => 10 };
        var json = new Option<bool>("--json") { Description = "one JSON object with everything, metrics included" };
        var command = new Verb("show", "one run: facts, loss, evaluations, events")
        {
            Group = VerbGroup.Runs,
            Examples = [new("pretrain show demo", "the run in runs/demo"), new("pretrain show demo --cluster 127.0.0.1:4053", "what a cluster's coordinator knows of it: state, step, checkpoint, workers"), new("pretrain show demo --json", "the same for a script, with every step's metrics")],
        };
        command.Add(run);
        command.Add(runs);
        command.Add(events);
        command.Add(json);
        var cluster = ClusterArguments.Optional().AddTo(command);
        command.SetAction(async (parse, cancellation) =>
        {
            using var access = cluster.Open(parse);
            if (access is not null)
                return await Show(access, parse.GetRequiredValue(run), parse.GetValue(json), parse.Output(), cancellation);
            var folder = RunFolder.Open(parse.GetRequiredValue(runs), parse.GetRequiredValue(run));
            var output = parse.Output();
            if (parse.GetValue(json))
                output.WriteJson(new { Run = folder.ReadInfo(), Metrics = folder.ReadMetrics(), Evaluations = folder.ReadEvaluations(), Events = folder.ReadEvents() });
            else
                Show(folder, Math.Max(0, parse.GetValue(events)), output);
            return Entry.Done;
        });
        return command;
    }

    static async Task<int> Show(
        ClusterLink cluster, string name, bool json, TextWriter output, CancellationToken cancellation)
    {
        var run = ((ClusterStatus)await cluster.AskAsync(new AskStatus(name), cancellation)).Runs[0];
        if (json)
        {
            output.WriteJson(run);
            return Entry.Done;
        }
        output.WriteLine($"{run.Run}: {run.State}{(run.Reason.Length > 0 ? $" ({run.Reason})" : "")}");
        output.WriteLine(
            $"step {Numbers.Count(run.Step)}, generation {run.Generation}, priority {run.Priority}, "
                + $"{run.Workers.Count} of {run.Target} workers{(run.By.Length > 0 ? $", submitted by {run.By}" : "")}");
        if (run.Checkpoint is not null)
            output.WriteLine($"newest checkpoint {run.Checkpoint}");
        if (run.WeightsSha256 is not null)
            output.WriteLine($"weights {run.WeightsSha256}");
        if (run.Workers.Count > 0)
            WorkerTable.Write(run, output);
        return Entry.Done;
    }

    static void Show(RunFolder folder, int newest, TextWriter output)
    {
        var info = folder.ReadInfo();
        var metrics = folder.ReadMetrics();
        var progress = new RunProgress();
        foreach (var step in metrics)
            progress.Add(step);

        Fact("run", info.Name);
        Fact("status", info.Status.ToString().ToLowerInvariant() + (info.Reason is { } reason ? $": {reason}" : ""));
        Fact("step", $"{Numbers.Count(info.Step)} of {Numbers.Count(info.Steps)}" + (progress.Last is { } last ? $", {StageText.Epoch(info, last)}" : $", {info.Epochs} epochs"));
        if (progress.Last is { } now)
        {
            Fact("loss", $"{Numbers.Short(progress.SmoothedLoss)} smoothed, {Numbers.Short(now.Loss)} last   {Sparkline.Draw(progress.History, 40)}");
            Fact("learning rate", Numbers.Short(now.LearningRate));
            Fact("speed", $"{Numbers.Rate(now.ClipsPerSecond)} clips/s");
        }

        foreach (var stage in info.Stages ?? [])
            Fact(stage.Number == 1 ? "stages" : "", $"{stage.Number}. {stage.Name}: steps {Numbers.Count(stage.FirstStep)} to {Numbers.Count(stage.LastStep)}, {stage.Epochs} epochs of {stage.Batch} clips a step");
        if (info.FromSha256 is { } from)
            Fact("begun with", from);
        Fact("trained", Numbers.Duration(TimeSpan.FromSeconds(info.Seconds)));
        Fact("started", info.Started.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        if (info.By is { } by)
            Fact("by", by);
        Fact("parameters", Numbers.Count(info.Parameters));
        Fact("weights", info.WeightsSha256 ?? "not finished");
        Fact("plan", info.PlanSha256);
        Fact("dataset", info.DatasetSha256);
        Fact("machine", $"{info.Machine.Processor}, {info.Machine.Cores} cores, {Numbers.Fixed(info.Machine.MemoryGiB, 1)} GiB; {info.Machine.Device}, {info.Machine.Threads} threads; {info.Machine.Arithmetic}");
        Fact("report", File.Exists(folder.ReportFile) ? folder.ReportFile : "none yet");

        var evaluations = folder.ReadEvaluations();
        if (evaluations.Count > 0)
        {
            output.WriteLine();
            EvaluationTable.Write(evaluations, output);
        }

        var events = folder.ReadEvents();
        if (events.Count > 0 && newest > 0)
            output.WriteLine();
        foreach (var runEvent in events.TakeLast(newest))
            output.WriteLine(EventLine.Text(runEvent));

        void Fact(string name, string value) => output.WriteLine($"{name,-14} {value}");
    }
}
