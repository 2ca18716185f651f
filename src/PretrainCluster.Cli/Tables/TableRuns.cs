using PretrainCluster.Learning;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Training.Evaluation;

namespace PretrainCluster.Cli.Tables;

/// <summary>The runs of a table: what each one's plan is, and what is known of it already.</summary>
/// <param name="source">the table's file; plans are named relative to it</param>
/// <param name="runs">folder that holds the runs</param>
sealed class TableRuns(TablePlan table, string source, string runs)
{
    /// <summary>The protocol that trains from scratch.</summary>
    public const string Supervised = "supervised";

    Dictionary<string, string>? _controls;

    public string Folder => Path.Combine(runs, $"{table.Name}.table");

    string NameOf(string row, long seed) => $"{table.Name}-{row}-s{seed}";

    /// <summary>The row's plan with what the table sets: a run of one worker and one thread, whose evaluations are those of the columns.</summary>
    /// <param name="epochs">null leaves the recipe's own</param>
    /// <exception cref="InputException">It is wrong, or no such plan.</exception>
    public Plan PlanOf(TableRow row, long seed, IReadOnlyList<int>? epochs)
    {
        var plan = Read(row, seed, epochs);
        return plan with { Evaluation = plan.Evaluation with { Control = ControlOf(row) == row.Name } };
    }

    /// <summary>
    /// The name of the row whose control is this one's, too: the first that asks for one of the same encoder, evaluated alike. Its random weights are the same, seed by seed, and are
    /// evaluated once. Null where the row asks for none.
    /// </summary>
    string? ControlOf(TableRow row) => (_controls ??= table.Rows
        .Select(other => (other.Name, Plan: Read(other, table.Seeds[0], null)))
        .Where(other => other.Plan.Evaluation.Control)
        .GroupBy(other => DecidingControl(other.Plan))
        .SelectMany(alike => alike.Select(other => (other.Name, Control: alike.First().Name)))
        .ToDictionary(other => other.Name, other => other.Control)).GetValueOrDefault(row.Name);

    // All that random weights and their figures follow from, besides the seed: of the view, what evaluations leave of it.
    object DecidingControl(Plan plan) => (
        plan.Encoder, plan.View.Frames, plan.View.Crop.Evaluation, plan.View.Stream, plan.Data.Dataset, plan.Data.Split, plan.Evaluation.Seeds, plan.Evaluation.Classes,
        Novel: string.Join(',', plan.NovelClasses()), Settings: string.Join(';', table.Columns.Select(column => EvaluationProtocol.Find(Methods.BuiltIn, column.Protocol).Settings(plan.Evaluation))));

    Plan Read(TableRow row, long seed, IReadOnlyList<int>? epochs)
    {
        var file = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(source))!, row.Plan);
        string[] settings =
        [
            $"evaluation.protocols=[{string.Join(", ", table.Columns.Select(column => column.Protocol).Distinct().Select(name => $"\"{name}\""))}]",
            .. table.Set,
            $"name={NameOf(row.Name, seed)}", $"seed={seed}", "workers.min=1", "workers.max=1", "workers.threads=1",
        ];
        var plan = PlanText.Read(file, Methods.BuiltIn, settings);
        // What scaling gives is checked like everything that a user wrote.
        return epochs is null ? plan : PlanText.Parse(PlanText.Write(TableBudget.Scaled(plan, epochs)), Methods.BuiltIn, $"{row.Plan} at {string.Join(" + ", epochs)} epochs");
    }

    /// <summary>The results of a row's run that the columns show; null where it is not pretrained by this plan, or not evaluated in full.</summary>
    public TableResult? Find(TableRow row, long seed, Plan plan)
    {
        if (Pretrained(plan) is not var (folder, info))
            return null;
        ComparedRun run;
        try
        {
            run = ComparedRun.Read(plan.Name, runs);
        }
        catch (InputException)
        {
            return null;
        }
        var owner = ControlOf(row);
        var controls = owner is null ? [] : ControlsIn(RunFolder.At(runs, NameOf(owner, seed)), plan);
        var cells = new List<(Measurement Pretrained, EvaluationResult Result, EvaluationResult? Control)>();
        foreach (var column in table.Columns)
        {
            var result = run.Results.FirstOrDefault(result => IsAsked(result, plan, column.Protocol, EncoderEvaluation.Pretrained, info) && Figure(result, column) is not null);
            if (result is null)
                return null;
            var control = controls.FirstOrDefault(other => IsAsked(other, plan, column.Protocol, EncoderEvaluation.RandomWeights, info) && Figure(other, column) is not null);
            if (control is null && plan.Evaluation.Control)
                return null;
            cells.Add((Figure(result, column)!, result, control));
        }
        var speeds = folder.ReadMetrics().Select(step => step.ClipsPerSecond).Order().ToList();
        return new TableResult(row.Name, seed, string.Join(" + ", PlanStages.Of(plan).Select(stage => stage.Training.Epochs)), speeds.Count > 0 ? speeds[speeds.Count / 2] : 0, run.Checkpoint, [.. cells.Select(cell => cell.Pretrained)], [.. cells.Select(cell => cell.Result)],
            cells.All(cell => cell.Control is not null) ? [.. cells.Zip(table.Columns, (cell, column) => Figure(cell.Control!, column)!)] : null, owner);
    }

    /// <summary>Whether a row's run is pretrained by this plan, evaluated or not.</summary>
    public bool IsPretrained(Plan plan) => Pretrained(plan) is not null;

    (RunFolder Folder, RunInfo Info)? Pretrained(Plan plan) =>
        RunFolder.At(runs, plan.Name) is { Exists: true } folder && folder.ReadInfo() is { Status: RunStatus.Finished } info && info.PlanSha256 == plan.Digest() ? (folder, info) : null;

    // A run that was begun by another recipe has another control.
    static IReadOnlyList<EvaluationResult> ControlsIn(RunFolder folder, Plan plan)
    {
        if (!File.Exists(folder.PlanFile))
            return [];
        try
        {
            var begun = PlanText.Read(folder.PlanFile, Methods.BuiltIn).Resolve();
            return begun.Seed == plan.Seed && begun.Encoder == plan.Resolve().Encoder && begun.View.Frames == plan.View.Frames && begun.View.Stream == plan.View.Stream ? folder.ReadEvaluations() : [];
        }
        catch (InputException)
        {
            return [];
        }
    }

    /// <summary>Training from scratch with the encoder of a row; null where it was not done.</summary>
    public EvaluationResult? FindSupervised(Plan plan)
    {
        var folder = RunFolder.At(runs, plan.Name);
        var asked = plan with { Evaluation = plan.Evaluation with { Seeds = table.Seeds.Count } };
        return folder.Exists ? folder.ReadEvaluations().FirstOrDefault(result => IsAsked(result, asked, Supervised, EncoderEvaluation.Pretrained, folder.ReadInfo())) : null;
    }

    // The run's own dataset, whose classes the result lists: it may be away when a page is written.
    static bool IsAsked(EvaluationResult result, Plan plan, string name, string encoder, RunInfo info) =>
        EvaluationProtocol.Find(Methods.BuiltIn, name) is var protocol && RunEvaluation.IsResultOf(result, plan, protocol, encoder, info.DatasetSha256, RunEvaluation.SplitOf(plan, protocol, result.ClassNames?.Count ?? 0));

    static Measurement? Figure(EvaluationResult result, TableColumn column) => result.Measurements.FirstOrDefault(figure => figure.Name == column.Figure);
}

/// <summary>One run of a row.</summary>
/// <param name="Epochs">of its stages, e.g. "30" or "20 + 12"</param>
/// <param name="ClipsPerSecond">of its steps, median</param>
/// <param name="Checkpoint">digest of the manifest</param>
/// <param name="Figures">one for each column</param>
/// <param name="Control">the same of random weights; null where the plan asks for none</param>
/// <param name="ControlOf">the row whose control it is; null where the plan asks for none</param>
sealed record TableResult(
    string Row, long Seed, string Epochs, double ClipsPerSecond, string Checkpoint, IReadOnlyList<Measurement> Figures, IReadOnlyList<EvaluationResult> Results, IReadOnlyList<Measurement>? Control, string? ControlOf);
