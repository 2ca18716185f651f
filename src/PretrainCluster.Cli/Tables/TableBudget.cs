using System.Text.Json;
using PretrainCluster.Artifacts.Files;
using PretrainCluster.Training.Batches;

namespace PretrainCluster.Cli.Tables;

/// <summary>
/// How many epochs of each row take the table's minutes. Time decides this once, when a row's speed is measured; from then on the number stands in a file beside the runs, so that the same
/// command computes the same weights.
/// </summary>
sealed class TableBudget
{
    readonly string _file;
    readonly TablePlan _table;
    readonly Dictionary<string, MeasuredRow> _rows;

    /// <param name="folder">the table's own</param>
    public TableBudget(TablePlan table, string folder)
    {
        (_table, _file) = (table, Path.Combine(folder, "budget.json"));
        _rows = File.Exists(_file) ? Read() : [];
    }

    /// <summary>Epochs of each stage of a row's run, of one without stages a single number; null where they have to be measured.</summary>
    public IReadOnlyList<int>? EpochsOf(TableRow row) => row.Epochs.Count > 0 ? row.Epochs : Measured(row)?.Epochs;

    /// <summary>How fast each stage was when the epochs were fixed by it, clips per second of one run; null where they were not.</summary>
    public IReadOnlyList<double>? SpeedsOf(TableRow row) => Measured(row)?.ClipsPerSecond;

    /// <param name="epochs">of each stage of the recipe; their proportion is kept</param>
    /// <param name="clipsPerSecond">of each stage</param>
    /// <param name="clips">of an epoch</param>
    public void Keep(TableRow row, IReadOnlyList<int> epochs, IReadOnlyList<double> clipsPerSecond, long clips)
    {
        var factor = _table.Minutes * 60 / epochs.Zip(clipsPerSecond, (count, speed) => count * clips / speed).Sum();
        _rows[row.Name] = new MeasuredRow(_table.Minutes, clipsPerSecond, clips, [.. epochs.Select(count => (int)Math.Max(1, Math.Floor(count * factor + 1e-9)))]);
        AtomicFile.WriteAllBytes(_file, [.. JsonSerializer.SerializeToUtf8Bytes(_rows, JsonText.Indented), (byte)'\n']);
    }

    /// <summary>A recipe at another length: warm-up and drops of the learning rate keep their place in each stage.</summary>
    /// <param name="epochs">of each stage</param>
    /// <exception cref="InputException">The recipe has another number of stages.</exception>
    public static Plan Scaled(Plan plan, IReadOnlyList<int> epochs)
    {
        var stages = PlanStages.Of(plan);
        if (epochs.Count != stages.Count)
            throw new InputException($"{plan.Name}: a number of epochs for each of {stages.Count} stages is expected, not {epochs.Count}");
        return plan.Stages.Count == 0 ? plan with { Training = Scaled(plan.Training, epochs[0]) }
            : plan with { Training = Scaled(plan.Training, epochs[0]), Stages = [.. plan.Stages.Select((stage, i) => stage with { Training = Scaled(stage.Training, epochs[i]) })] };
    }

    static TrainingPlan Scaled(TrainingPlan training, int epochs)
    {
        var factor = (double)epochs / training.Epochs;
        return training with
        {
            Epochs = epochs,
            Optimizer = training.Optimizer with
            {
                WarmupEpochs = Math.Round(training.Optimizer.WarmupEpochs * factor, 3),
                DropEpochs = [.. training.Optimizer.DropEpochs.Select(drop => (int)Math.Round(drop * factor)).Where(drop => drop >= 1 && drop < epochs).Distinct()],
            },
        };
    }

    /// <summary>Clips of an epoch.</summary>
    /// <exception cref="InputException">The plan and its dataset do not fit.</exception>
    public static long ClipsOf(Plan plan)
    {
        using var dataset = SkeletonDataset.Open(plan.Data.Dataset);
        return new RunStages(plan, dataset).First.Set.Samples.Count;
    }

    // Null, too, where a measurement is left of a row whose epochs it does not decide any more.
    MeasuredRow? Measured(TableRow row) => row.Epochs.Count == 0 && _rows.TryGetValue(row.Name, out var measured) && measured.Minutes == _table.Minutes ? measured : null;

    Dictionary<string, MeasuredRow> Read()
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, MeasuredRow>>(File.ReadAllBytes(_file), JsonText.Indented) ?? [];
        }
        catch (JsonException inner)
        {
            throw new InputException($"{_file}: not what this version writes ({inner.Message}); remove it to measure anew", inner);
        }
    }

    /// <param name="Clips">of an epoch</param>
    sealed record MeasuredRow(double Minutes, IReadOnlyList<double> ClipsPerSecond, long Clips, IReadOnlyList<int> Epochs);
}
