using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Checkpoints;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Training.Tests.Gang;

/// <summary>A run of two stages ends with the same weights, whoever carries it and whatever happens where one stage goes over into the next.</summary>
public sealed class StageTests : IDisposable
{
    readonly TinyRun _tiny = new();
    readonly long _border, _steps;

    public StageTests()
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var stages = new RunStages(_tiny.Staged(), dataset);
        (_border, _steps) = (stages.First.End, stages.Steps);
    }

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData("encoder.kind=transformer")]
    [InlineData("stages[1].objective={kind: moco, queue: 40, momentum: 0.9, projection_hidden: 12, projection_width: 8}")]
    [InlineData("stages[1].objective={kind: inter_skeleton, partner: {kind: bigru, layers: 1, hidden: 6, input_norm: true}, queue: 40, momentum: 0.9, projection_width: 8}")]
    public void Run_AnyWorldSize_SameWeights(string setting)
    {
        var expected = TinyRun.TrainAlone(_tiny.Staged(setting));
        foreach (var world in new[] { 1, 2, 3 })
        {
            var workers = Enumerable.Range(0, world).Select(i => $"w{i}").ToArray();
            using var gang = Gang($"name=world{world}", setting).Start(workers);
            gang.Form(workers);
            Assert.Equal(expected, gang.Weights(workers));
        }
    }

    [Fact]
    public void Run_MemberLostAndAnotherJoinsAroundTheBorder_SameWeights()
    {
        var expected = TinyRun.TrainAlone(_tiny.Staged());
        using var gang = Gang().Start("w0", "w1", "w2");
        gang.Form("w0", "w1", "w2");
        gang["w0"].Await<StepsApplied>(report => report.Steps[^1].Step >= _border);
        gang.Lose("w1");
        foreach (var survivor in new[] { "w0", "w2" })
            gang[survivor].Await<ExchangeBroken>();
        var generation = gang.Form("w0", "w2");
        gang["w2"].Order(new StopAtBoundary("w2", generation));
        Assert.True(gang["w0"].Await<AtBoundary>().Step >= _border);

        gang.Start("w3");
        gang.Form("w2", "w3", "w0");

        Assert.Equal(expected, gang.Weights("w0", "w2", "w3"));
    }

    [Fact]
    public void Run_StoppedRightAtTheBorder_GoesOnWithTheNextStage()
    {
        var expected = TinyRun.TrainAlone(_tiny.Staged());
        using (var gang = Gang().Start("w0", "w1"))
        {
            var generation = gang.Form("w0", "w1");
            gang["w0"].Await<CheckpointWritten>(written => written.Step == _border);
            gang["w1"].Order(new StopAtBoundary("w1", generation));
            gang["w0"].Await<AtBoundary>();
            gang.Lose("w0");
            gang.Lose("w1");
        }

        using var again = Gang().Start("x0", "x1");
        again.Form("x0", "x1");
        Assert.Equal(expected, again.Weights("x0", "x1"));
        Assert.Equal(_border, again["x1"].Sent<GenerationFormed>()[0].Step);
    }

    [Fact]
    public void Run_MembersOnBothSidesOfTheBorder_BecomeLevelOnTheFarSide()
    {
        var expected = TinyRun.TrainAlone(_tiny.Staged());
        using (var first = Gang().Start("w0"))
        {
            first.Form("w0");
            first["w0"].Await<CheckpointWritten>(written => written.Step == _border);
            first.Lose("w0");
        }
        // Again and again, from the checkpoint at the border on: some attempts break before a member has gone over, and some behind.
        using var gang = Gang().Start("x0", "x1");
        for (var i = 0; i < 5; i++)
            gang.Form(i % 2 == 0 ? ["x0", "x1"] : ["x1", "x0"]);

        Assert.Equal(expected, gang.Weights("x0", "x1"));
    }

    [Fact]
    public void Run_Finished_KeepsTheCheckpointThatEachStageEndedWith()
    {
        var plan = _tiny.Staged("checkpoints={every_steps: 1, keep: 1}");
        using (var gang = new TestGang(plan, _tiny.Runs).Start("w0"))
        {
            gang.Form("w0");
            gang.Weights("w0");
        }
        var folder = RunFolder.At(_tiny.Runs, plan.Name);

        Assert.Equal([("tuning", _steps), ("masked", _border)], RunCheckpoints.List(folder).Select(checkpoint => (checkpoint.Stage!, checkpoint.Step)));
        using var masked = Encoder(plan, folder, _border);
        using var tuned = Encoder(plan, folder, _steps);
        foreach (var ((name, before), (_, after)) in masked.Weights.Zip(tuned.Weights))
            Assert.True(name.StartsWith("blocks.1.", StringComparison.Ordinal) || name.StartsWith("norm.", StringComparison.Ordinal)
                ? !before.bytes.SequenceEqual(after.bytes) : before.bytes.SequenceEqual(after.bytes), name);
    }

    [Fact]
    public void Stages_OfAPlan_CountStepsOnAndDrawOtherNumbers()
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var plan = _tiny.Staged();
        var stages = new RunStages(plan, dataset);

        Assert.Equal((0, _border, _border, _steps), (stages.All[0].First, stages.All[0].End, stages.All[1].First, stages.All[1].End));
        Assert.Equal(["masked", "masked", "tuning", "tuning"], new[] { 0, _border, _border + 1, _steps }.Select(step => stages.After(step).Name));
        Assert.Equal(plan.Seed, stages.All[0].Plan.Seed);
        Assert.NotEqual(plan.Seed, stages.All[1].Plan.Seed);
        Assert.NotEqual(stages.All[0].Set.SamplesOfStep(0).Take(10), stages.All[1].Set.SamplesOfStep(0).Take(10));
        Assert.Equal(0, stages.All[1].Epochs(_border));
    }

    static SkeletonEncoder Encoder(Plan plan, RunFolder folder, long step)
    {
        using var dataset = SkeletonDataset.Open(plan.Data.Dataset);
        var encoder = EncoderFactory.Create(plan.Encoder, ClipShape.Of(dataset, plan.View.Frames), seed: 9);
        RunCheckpoints.LoadEncoder(plan, folder, step, encoder);
        return encoder;
    }

    TestGang Gang(params string[] settings) => new(_tiny.Staged(settings), _tiny.Runs);
}
