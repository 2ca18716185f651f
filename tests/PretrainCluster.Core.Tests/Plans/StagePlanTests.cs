using PretrainCluster.Core.Plans;
using PretrainCluster.Learning;
using PretrainCluster.Learning.Objectives;
using static PretrainCluster.Core.Tests.Plans.PlanSamples;

namespace PretrainCluster.Core.Tests.Plans;

public class StagePlanTests
{
    const string TwoStages = """
        name: two
        data: {dataset: data/x, split: xsub}
        view: {frames: 64}
        encoder: {depth: 4}
        stages:
        - name: masked
          objective: {kind: masked_motion}
          training: {epochs: 10, batch: {clips: 32, micro_batches: 4}}
        - name: tuning
          view: {frames: 64, augment: [{kind: shear}]}
          objective: {kind: nnclr, temperature: 0.07}
          training: {epochs: 5, batch: {clips: 64, micro_batches: 2}, trainable: {from_block: 2}, optimizer: {layer_decay: 0.65}}
        """;

    [Fact]
    public void Of_TwoStages_AreTwoPlansWithSeedsOfTheirOwn()
    {
        var plan = Two("seed=7");

        var stages = PlanStages.Of(plan);

        Assert.Equal(["masked_motion", "nnclr"], stages.Select(stage => stage.Objective.Kind));
        Assert.Equal([10, 5], stages.Select(stage => stage.Training.Epochs));
        Assert.Equal([0, 1], stages.Select(stage => stage.View.Augment.Count));
        Assert.Equal(0.8, Assert.IsType<MaskedMotion.Settings>(stages[0].Objective).Temperature);
        Assert.Equal(7, stages[0].Seed);
        Assert.NotEqual(7, stages[1].Seed);
        Assert.NotEqual(stages[1].Seed, PlanStages.Of(Two("seed=8"))[1].Seed);
        Assert.All(stages, stage => Assert.Empty(stage.Stages));
        Assert.Equal(2, (plan with { Workers = plan.Workers with { Max = 9 } }).MostWorkers());
    }

    [Fact]
    public void Of_APlanWithoutStages_IsThePlan()
    {
        var plan = Read();

        Assert.Same(plan, Assert.Single(PlanStages.Of(plan)));
        Assert.Equal(plan.Digest(), Read("stages=[]").Digest());
    }

    [Fact]
    public void Write_ReadsBackAsTheSamePlan()
    {
        var plan = Two();

        var text = PlanText.Write(plan);

        Assert.Equal(text, PlanText.Write(PlanText.Parse(text, Methods.BuiltIn)));
        Assert.Equal(plan.Digest(), PlanText.Parse(text, Methods.BuiltIn).Digest());
        Assert.DoesNotContain("\nobjective:", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stages[1].training.epochs=6", true)]
    [InlineData("stages[0].objective.temperature=0.7", true)]
    [InlineData("stages[1].training.trainable.from_block=1", true)]
    [InlineData("stages[1].training.trainable.from_block=4", true)]
    [InlineData("stages[1].training.optimizer.clip=per_tensor", true)]
    [InlineData("stages[1].view.augment[0].amount=0.5", true)]
    [InlineData("view.augment[0].kind=rotation", true)]
    [InlineData("stages[1].name=other", false)]
    [InlineData("stages[1].training.optimizer.clip=global", false)]
    [InlineData("stages[0].objective.temperature=0.8", false)]
    [InlineData("from=encoder:best", false)]
    public void Digest_OfAStagesKey_ChangesWithWhatDecides(string setting, bool changes) => Assert.Equal(changes, Two().Digest() != Two(setting).Digest());

    [Theory]
    [InlineData("stages[0].training.optimizer.warmup_epochs: less than training.epochs, 10, is expected, not 10", "stages[0].training.optimizer.warmup_epochs=10")]
    [InlineData("stages[1].objective.queue: at least training.batch.clips, 64, is expected, not 63", "stages[1].objective.queue=63")]
    [InlineData("stages[1].view.frames: view.frames, 64, is expected, not 32: the encoder is made for that many", "stages[1].view.frames=32")]
    [InlineData("stages[1].view.stream: view.stream, bone, is expected, not joint: an encoder sees one stream", "view.stream=bone")]
    [InlineData("stages[1].view.stream: view.stream, joint, is expected, not motion", "stages[1].view.stream=motion")]
    [InlineData("stages[1].view.augment[0].kernel: an odd number is expected, not 4", "stages[1].view.augment[0]={kind: blur, kernel: 4}")]
    [InlineData("view.crop.min: at most view.crop.max, 0.4, is expected", "view.crop.max=0.4")]
    [InlineData("stages[1].name: each stage has a name of its own, and masked is taken", "stages[1].name=masked")]
    [InlineData("stages[1].name: letters, digits", "stages[1].name=../up")]
    [InlineData("stages[1].training.trainable.from_block: at most the encoder's 4 blocks is expected, not 5", "stages[1].training.trainable.from_block=5")]
    [InlineData("stages[0].objective.kind: an objective that compares clips", "encoder={kind: st_gcn}")]
    [InlineData("stages[1].training.batch.clips: at most the 40 training clips are expected", "stages[1].training.batch.drop_last=true", "data.shape={clips: 40, persons: 1, joints: 25}")]
    [InlineData("objective: not used where there are stages: each has its own", "objective.kind=moco")]
    [InlineData("training: not used where there are stages: each has its own", "training={epochs: 3, batch: {clips: 4}}")]
    [InlineData("workers.min: at most the micro_batches of every stage, 2, is expected, not 3", "workers={min: 3, max: 4}")]
    [InlineData("stages[2].name: this key is missing", "stages[2].training={epochs: 3, batch: {clips: 4}}")]
    [InlineData("stages[2].objective: this key is missing", "stages[2].name=third")]
    [InlineData("from_sha256: a SHA-256 of 64 hexadecimal digits", "from=a:b", "from_sha256=12")]
    [InlineData("from_sha256: only used beside `from`", "from_sha256=0000000000000000000000000000000000000000000000000000000000000000")]
    public void Parse_StagesThatDoNotFit_NamesTheKeyOfTheStage(string problem, params string[] settings) =>
        Assert.Contains(problem, string.Join('\n', ProblemsOf(TwoStages, settings)));

    static Plan Two(params string[] settings) => PlanText.Parse(TwoStages, Methods.BuiltIn, "two.yaml", settings);
}
