using PretrainCluster.Artifacts.Checkpoints;
using PretrainCluster.Artifacts.SafeTensors;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Cli.Tables;
using PretrainCluster.Cli.Tests.Reports;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Cli.Tests.Tables;

public sealed class TableRunsTests : IDisposable
{
    static readonly TablePlan s_table = new()
    {
        Name = "small",
        Seeds = [1, 2],
        Set = ["data.hold_out_classes=[0, 1]", "evaluation.seeds=3"],
        Columns = [new() { Title = "linear", Protocol = "linear", Figure = "accuracy" }, new() { Title = "1-shot", Protocol = "few-shot", Figure = "1-shot" }],
        Rows = [new() { Name = "first", Plan = "first.yaml" }],
    };

    readonly string _folder = Directory.CreateTempSubdirectory("table-runs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string Runs => Path.Combine(_folder, "runs");

    [Theory]
    [InlineData("evaluation.seeds=10")]
    [InlineData("evaluation.classes=base")]
    [InlineData("evaluation.novel_classes=[2]")]
    [InlineData("evaluation.few_shot.draws=7")]
    public async Task Find_AnotherEvaluationAsked_TheRowIsNotDone(string setting)
    {
        var rows = Rows(s_table, ("first", "evaluation.control=false"));
        await Write(rows.PlanOf(s_table.Rows[0], 1, null), Evaluations());
        Assert.NotNull(Find(rows, s_table));

        var other = s_table with { Set = [.. s_table.Set, setting] };
        Assert.Null(Find(Rows(other, ("first", "evaluation.control=false")), other));
    }

    public static TheoryData<string> Elsewhere => ["dataset", "split", "version", "view", "held out"];

    [Theory, MemberData(nameof(Elsewhere))]
    public async Task Find_AResultOfTheSameCheckpointThatIsOfSomethingElse_IsNotTaken(string what)
    {
        var rows = Rows(s_table, ("first", "evaluation.control=false"));
        var plan = rows.PlanOf(s_table.Rows[0], 1, null);
        await Write(plan, Evaluations().Select(result => what switch
        {
            "dataset" => result with { DatasetSha256 = new string('e', 64) },
            "split" => result with { Split = "xview" },
            "view" => result with { Crop = 1 },
            "held out" => result with { Split = $"{result.Split}, 4 folds of the 4 training subjects" },
            _ => result with { Version = result.Version + 1 },
        }));
        Assert.Null(Find(rows, s_table));
        await Write(plan, Evaluations());
        Assert.NotNull(Find(rows, s_table));
    }

    [Fact]
    public async Task Find_BaseClassesAlone_AreWhatTheSplitSays()
    {
        var table = s_table with { Set = [.. s_table.Set, "evaluation.classes=base"] };
        var rows = Rows(table, ("first", "evaluation.control=false"));
        await Write(rows.PlanOf(table.Rows[0], 1, null), Evaluations().Select(result => result with { Split = result.Protocol == "few-shot" ? "xsub, classes 0-1" : "xsub, classes 2-26" }));
        Assert.NotNull(Find(rows, table));
    }

    [Fact]
    public async Task FindSupervised_SeedsOfTheTableOnTheRunsDataset_AloneAreTaken()
    {
        var rows = Rows(s_table, ("first", "evaluation.control=false"));
        var plan = rows.PlanOf(s_table.Rows[0], 1, null);
        var result = Result("supervised", EncoderEvaluation.FromScratch, [Figure("accuracy", 40)]) with { Seeds = [1, 2], WeightsSha256 = EncoderEvaluation.NoWeights };
        await Write(plan, [result with { DatasetSha256 = new string('e', 64) }, result with { Split = "xview" }]);
        Assert.Null(rows.FindSupervised(plan));

        var folder = RunFolder.At(Runs, plan.Name);
        folder.WriteEvaluation(result with { Seeds = [1, 2, 3] });
        Assert.Null(rows.FindSupervised(plan));
        folder.WriteEvaluation(result);
        Assert.NotNull(rows.FindSupervised(plan));
        Assert.Null(rows.FindSupervised(plan with { Evaluation = plan.Evaluation with { Classes = ClassScope.Base } }));
    }

    [Fact]
    public async Task Find_RowsThatShareAControl_BothHaveItWithTheFirstThatAsks()
    {
        var table = s_table with { Rows = [new() { Name = "first", Plan = "first.yaml" }, new() { Name = "second", Plan = "second.yaml" }, new() { Name = "third", Plan = "third.yaml" }] };
        var rows = Rows(table, ("first", "evaluation.control=false"), ("second", "training.epochs=7"), ("third", "training.epochs=8"));
        Assert.Equal([false, true, false], Asked(rows, table));

        foreach (var row in table.Rows)
            await Write(rows.PlanOf(row, 1, null), Evaluations());
        Assert.Null(Find(rows, table, 1));
        foreach (var result in Evaluations(EncoderEvaluation.RandomWeights, 50))
            RunFolder.At(Runs, "small-second-s1").WriteEvaluation(result);
        Assert.Null(Find(rows, table, 0)!.Control);
        Assert.Equal([50.0, 30.0], Find(rows, table, 1)!.Control!.Select(figure => figure.Mean));
        Assert.Equal([50.0, 30.0], Find(rows, table, 2)!.Control!.Select(figure => figure.Mean));

        // What was begun with another encoder has another control.
        var owner = RunFolder.At(Runs, "small-second-s1");
        owner.WritePlan(PlanText.Write(PlanText.Read(owner.PlanFile, Methods.BuiltIn, ["encoder.depth=3"])));
        Assert.Null(Find(rows, table, 2)!.Control);
    }

    [Theory]
    [InlineData("training.epochs=7", true)]
    [InlineData("view.crop.min=0.7", true)]
    [InlineData("evaluation.fine_tune.epochs=7", true)]    // no column's
    [InlineData("encoder.depth=3", false)]
    [InlineData("view.frames=32", false)]
    [InlineData("view.stream=bone", false)]
    [InlineData("view.crop.evaluation=1", false)]
    [InlineData("data.dataset=data/other", false)]
    [InlineData("data.split=xview", false)]
    [InlineData("data.hold_out_classes=[2]", false)]
    [InlineData("evaluation.novel_classes=[2]", false)]
    [InlineData("evaluation.classes=base", false)]
    [InlineData("evaluation.seeds=5", false)]
    [InlineData("evaluation.few_shot.draws=7", false)]
    public void PlanOf_TwoRows_ShareTheControlWhereNothingThatDecidesItDiffers(string setting, bool share)
    {
        var table = s_table with { Set = [], Rows = [new() { Name = "first", Plan = "first.yaml" }, new() { Name = "second", Plan = "second.yaml" }] };
        Assert.Equal([true, !share], Asked(Rows(table, ("first", "seed=1"), ("second", setting)), table));
    }

    static IEnumerable<bool> Asked(TableRuns rows, TablePlan table) => table.Rows.Select(row => rows.PlanOf(row, 1, null).Evaluation.Control);

    static TableResult? Find(TableRuns rows, TablePlan table, int row = 0) => rows.Find(table.Rows[row], 1, rows.PlanOf(table.Rows[row], 1, null));

    /// <summary>The table's runs, with a plan of each row that is the same but for what is set.</summary>
    TableRuns Rows(TablePlan table, params (string Name, string Setting)[] rows)
    {
        foreach (var (name, setting) in rows)
            File.WriteAllText(Path.Combine(_folder, $"{name}.yaml"), PlanText.Write(PlanText.Parse("""
                name: recipe
                data: {dataset: data/utd-mhad, split: xsub}
                view: {frames: 16}
                encoder: {width: 32, depth: 2, heads: 2}
                objective: {kind: masked_coordinates}
                training: {epochs: 3, batch: {clips: 4}}
                """, Methods.BuiltIn, "recipe.yaml", [setting])));
        return new(table, Path.Combine(_folder, "small.yaml"), Runs);
    }

    /// <summary>A finished run of a plan with one checkpoint, and results that are of it where they are of a pretrained encoder.</summary>
    async Task Write(Plan plan, IEnumerable<EvaluationResult> results)
    {
        var folder = RunFolder.At(Runs, plan.Name);
        folder.WriteInfo(SampleRun.Info with { Name = plan.Name, PlanSha256 = plan.Digest() });
        folder.WritePlan(PlanText.Write(plan));
        var saved = await new CheckpointStore(DirectoryStore.Open(folder.StoreFolder)).SaveAsync(
            new CheckpointFacts { Run = plan.Name, Step = SampleRun.Steps, PlanSha256 = plan.Digest(), DataSha256 = SampleRun.Info.DatasetSha256, Seed = plan.Seed, Code = "0.1.0", Plan = PlanText.Write(plan) },
            [new("weights", (stream, _) =>
            {
                using var writer = new SafeTensorsWriter(stream, [new("a", TensorType.F32, [1])]);
                writer.Write("a", [1f]);
                writer.Complete();
                return Task.CompletedTask;
            })]);
        foreach (var result in results)
            folder.WriteEvaluation(result.Encoder == EncoderEvaluation.Pretrained ? result with { Checkpoint = saved.Digest } : result);
    }

    static IEnumerable<EvaluationResult> Evaluations(string encoder = EncoderEvaluation.Pretrained, double accuracy = 60) =>
    [
        Result("linear", encoder, [Figure("accuracy", accuracy)]),
        Result("few-shot", encoder, [Figure("1-shot", accuracy - 20)]),
    ];

    static EvaluationResult Result(string protocol, string encoder, IReadOnlyList<Measurement> figures) =>
        SampleRun.Result(protocol, encoder, new string('a', 64), "", figures, null) with
        {
            Version = EvaluationProtocol.Find(Methods.BuiltIn, protocol).Version,
            Seeds = [1, 2, 3],
            NovelClasses = [0, 1],
            Crop = new CropPlan().Evaluation,
        };

    static Measurement Figure(string name, double mean) => Statistics.Summarize(name, [1], [mean]);
}
