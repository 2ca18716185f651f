using PretrainCluster.Cli.Tables;
using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Objectives;

namespace PretrainCluster.Cli.Tests.Tables;

public sealed class TableTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("table-tests-").FullName;

    static readonly TablePlan s_table = new()
    {
        Name = "small",
        Seeds = [1, 2],
        Columns = [new() { Title = "linear", Protocol = "linear", Figure = "accuracy" }, new() { Title = "kNN", Protocol = "knn", Figure = "k = 1" }],
        Rows = [new() { Name = "mae", Plan = "mae.yaml" }, new() { Name = "moco", Plan = "moco.yaml", Epochs = [7] }],
    };

    [Fact]
    public void Keep_ASpeed_IsWholeEpochsThatTheNextCommandTakes()
    {
        var budget = new TableBudget(s_table, _folder);
        Assert.Null(budget.EpochsOf(s_table.Rows[0]));
        Assert.Equal([7], budget.EpochsOf(s_table.Rows[1]));
        budget.Keep(s_table.Rows[0], [50], [100], clips: 700);
        // 4 minutes at 100 clips/s are 24,000 clips, 34.3 epochs of 700.
        Assert.Equal([34], new TableBudget(s_table, _folder).EpochsOf(s_table.Rows[0]));
        Assert.Null(new TableBudget(s_table with { Minutes = 5 }, _folder).EpochsOf(s_table.Rows[0]));
        budget.Keep(s_table.Rows[0], [50], [0.1], clips: 700);
        Assert.Equal([1], budget.EpochsOf(s_table.Rows[0]));
    }

    [Fact]
    public void Keep_TwoStages_TakeTheMinutesTogetherInTheRecipesProportion()
    {
        var budget = new TableBudget(s_table, _folder);
        // 30 epochs at 100 clips/s and 10 at 50 take 210 s + 140 s; 240 s are 24/35 of that.
        budget.Keep(s_table.Rows[0], [30, 10], [100, 50], clips: 700);
        Assert.Equal([20, 6], budget.EpochsOf(s_table.Rows[0]));
    }

    [Fact]
    public void SpeedsOf_AMeasurementThatDecidesNothing_AreNone()
    {
        var (budget, row) = (new TableBudget(s_table, _folder), s_table.Rows[0]);
        Assert.Null(budget.SpeedsOf(row));
        budget.Keep(row, [50], [100], clips: 700);
        Assert.Equal([100.0], budget.SpeedsOf(row));
        Assert.Null(budget.SpeedsOf(row with { Epochs = [34] }));
        Assert.Null(new TableBudget(s_table with { Minutes = 5 }, _folder).SpeedsOf(row));
    }

    [Fact]
    public void Scaled_ShorterRun_KeepsThePlaceOfWarmUpAndDrops()
    {
        var plan = Recipe(epochs: 50, new() { WarmupEpochs = 8 });
        Assert.Equal((10, 1.6), (TableBudget.Scaled(plan, [10]).Training.Epochs, TableBudget.Scaled(plan, [10]).Training.Optimizer.WarmupEpochs));
        var drops = Recipe(epochs: 50, new() { Schedule = RateSchedule.Drops, DropEpochs = [25, 40] });
        Assert.Equal([5, 8], TableBudget.Scaled(drops, [10]).Training.Optimizer.DropEpochs);
        Assert.Throws<InputException>(() => TableBudget.Scaled(plan, [10, 10]));

        var staged = plan with { Stages = [new() { Name = "one", Objective = plan.Objective, Training = plan.Training }, new() { Name = "two", Objective = plan.Objective, Training = drops.Training }] };
        Assert.Equal([25, 10], TableBudget.Scaled(staged, [25, 10]).Stages.Select(stage => stage.Training.Epochs));
    }

    [Fact]
    public void Render_RowsWithEpochsOfTheirOwn_ClaimNoMinutes()
    {
        string Length(TablePlan table) => TableSection.Render(table, new TableBudget(table, _folder), [], supervised: null, "t.yaml").Split('\n')[0];
        var (first, second) = (s_table.Rows[0], s_table.Rows[1]);
        Assert.Contains("4 minutes' worth of epochs, fixed once by the speed that was measured beforehand, on one thread",
            Length(s_table with { Rows = [first, second with { Epochs = [] }] }), StringComparison.Ordinal);
        Assert.Contains("beforehand (moco: for the epochs that the table gives), on", Length(s_table), StringComparison.Ordinal);
        Assert.DoesNotContain("minutes", Length(s_table with { Rows = [first with { Epochs = [9] }, second] }), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_Results_MeansOverSeedsControlsSharedAndWhatIsMissing()
    {
        var budget = new TableBudget(s_table, _folder);
        TableResult[] results = [Result("mae", 1, 60, 40), Result("mae", 2, 64, 40)];
        var text = TableSection.Render(s_table, budget, results, supervised: null, "tables/small.yaml");
        Assert.Contains("| mae | 34 | 101 | 62.0 ± 25.4 | 40.0 ± 0.0 |", text, StringComparison.Ordinal);
        Assert.Contains("| random weights (mae) | | | 50.0 ± 0.0 | 30.0 ± 0.0 |", text, StringComparison.Ordinal);
        Assert.Contains("| moco | | | not run | not run |", text, StringComparison.Ordinal);
        Assert.Contains("2 of 4 runs are missing", text, StringComparison.Ordinal);
        Assert.Contains("- mae: 1 `cccccccccccc`, 2 `cccccccccccc`", text, StringComparison.Ordinal);

        // The same weights, seen in another way: a control of its own. Rows of one control stand in one line, with all seeds that either has.
        TableResult[] more = [.. results, Result("moco", 1, 70, 45) with { ControlOf = "moco", Control = [Figure("accuracy", 20), Figure("k = 1", 10)] }];
        var apart = TableSection.Render(s_table, budget, more, supervised: null, "tables/small.yaml");
        Assert.Contains("| random weights (mae) | | | 50.0 ± 0.0 | 30.0 ± 0.0 |", apart, StringComparison.Ordinal);
        Assert.Contains("| random weights (moco) | | | 20.0 | 10.0 |", apart, StringComparison.Ordinal);
        var together = TableSection.Render(s_table, budget, [Result("mae", 1, 60, 40), Result("moco", 1, 70, 45), Result("moco", 2, 70, 45)], supervised: null, "tables/small.yaml");
        Assert.Contains("| random weights (mae, moco) | | | 50.0 ± 0.0 | 30.0 ± 0.0 |", together, StringComparison.Ordinal);

        budget.Keep(s_table.Rows[0], [30, 10], [90, 55], clips: 700);
        Assert.Contains("| mae | 34 | 90.0, 55.0 |", TableSection.Render(s_table, budget, results, supervised: null, "tables/small.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_APage_ReplacesItsOwnSectionAlone()
    {
        var page = Path.Combine(_folder, "results.md");
        File.WriteAllText(page, "# Results\n\nText.\n");
        TableSection.Write(page, "small", "one\n");
        File.AppendAllText(page, "\nMore text.\n");
        TableSection.Write(page, "small", "two\n");
        Assert.Equal("# Results\n\nText.\n\n<!-- table small: written by pretrain table -->\n\ntwo\n\n<!-- end of table small -->\n\nMore text.\n", File.ReadAllText(page));

        File.WriteAllText(page, "<!-- end of table small -->");
        Assert.Throws<InputException>(() => TableSection.Write(page, "small", "three"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static Plan Recipe(int epochs, OptimizerPlan optimizer) => new()
    {
        Name = "mae",
        Data = new() { Dataset = "data", Split = "xsub" },
        View = new() { Frames = 16 },
        Encoder = new(),
        Objective = new MaskedCoordinates.Settings(),
        Training = new() { Epochs = epochs, Batch = new() { Clips = 4 }, Optimizer = optimizer },
    };

    static TableResult Result(string row, long seed, double linear, double knn)
    {
        var result = Reports.SampleRun.Result("linear", "pretrained", new string('w', 64), "", [], null);
        return new(row, seed, "34", 100 + 2 * (seed - 1), new string('c', 64), [Figure("accuracy", linear), Figure("k = 1", knn)], [result, result with { Protocol = "knn" }], [Figure("accuracy", 50), Figure("k = 1", 30)], "mae");
    }

    static Measurement Figure(string name, double mean) => Statistics.Summarize(name, [1], [mean]);
}
