using PretrainCluster.Learning;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Training.Evaluation;

namespace PretrainCluster.Training.Tests.Evaluation;

public sealed class RunEvaluationTests : IDisposable
{
    readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData("knn", "name=other", true)]
    [InlineData("knn", "evaluation.few_shot.draws=7", true)]
    [InlineData("knn", "view.crop.evaluation=1", false)]
    [InlineData("few-shot", "evaluation.few_shot.draws=7", false)]
    [InlineData("linear", "evaluation.seeds=5", false)]
    [InlineData("linear", "view.crop.evaluation=1", false)]
    [InlineData("linear/mamp-2023", "view.crop.evaluation=1", true)]    // it has views of its own
    [InlineData("fine-tune", "view.crop.evaluation=1", true)]
    public void IsResultOf_PlanThatChanged_OnlyWhereTheProtocolWouldGiveTheSame(string protocol, string setting, bool same)
    {
        var (before, now, asked) = (_tiny.Plan(), _tiny.Plan(setting), EvaluationProtocol.Find(Methods.BuiltIn, protocol));
        var result = new EvaluationResult
        {
            Protocol = asked.Name,
            Version = asked.Version,
            Settings = asked.Settings(before.Evaluation),
            Crop = EncoderEvaluation.CropOf(asked, before.View),
            Description = "",
            Encoder = EncoderEvaluation.Pretrained,
            WeightsSha256 = "weights",
            Dataset = "tiny",
            DatasetSha256 = "dataset",
            Split = before.Data.Split,
            TrainClips = 1,
            TestClips = 1,
            Seeds = [.. Enumerable.Range(1, before.Evaluation.Seeds).Select(seed => (long)seed)],
            NovelClasses = before.NovelClasses(),
            Measurements = [],
            Seconds = 0,
        };
        Assert.True(Is(result, before));
        Assert.Equal(same, Is(result, now));
        Assert.Equal(asked.HasOwnViews, Is(result with { Crop = null }, before));

        bool Is(EvaluationResult result, Core.Plans.Plan plan) => RunEvaluation.IsResultOf(result, plan, asked, EncoderEvaluation.Pretrained, "dataset", plan.Data.Split);
    }
}
