using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Tests.Evaluation.Features;

namespace PretrainCluster.Learning.Tests.Evaluation;

public sealed class HeldOutEvaluationTests
{
    [Fact]
    public void HeldOutSubjects_AllFolds_EachTrainingClipOnceAndNoTestClip()
    {
        using var small = new SmallDataset(classes: 3, subjects: 8, repetitions: 2);
        var whole = new EvaluationClips(small.Dataset, "xsub");
        var folds = EvaluationClips.HeldOutSubjects(small.Dataset, "xsub", seed: 1);

        Assert.Equal(4, folds.Count);
        Assert.Equal(whole.Train.Samples.Order(), folds.SelectMany(fold => fold.Test.Samples).Order());
        foreach (var fold in folds)
        {
            Assert.Empty(fold.Train.Samples.Concat(fold.Test.Samples).Intersect(whole.Test.Samples));
            Assert.Empty(fold.Train.Subjects.Intersect(fold.Test.Subjects));
            Assert.Contains("4 folds of the 4 training subjects", fold.Split, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void FoldMean_TwoFolds_MeanPerSeedAndCountsAdded()
    {
        var mean = FoldMean.Of([Result(40, [50, 60], [[3, 1], [0, 4]]), Result(20, [70, 64], [[1, 1], [2, 2]])]);
        Assert.Equal([60.0, 62.0], mean.Measurements[0].Values);
        Assert.Equal(61.0, mean.Measurements[0].Mean);
        Assert.Equal(60, mean.TestClips);
        Assert.Equal([[4, 2], [2, 6]], mean.Confusion);
        Assert.Contains("the test side is not read", mean.Description, StringComparison.Ordinal);
    }

    static EvaluationResult Result(int clips, double[] values, int[][] confusion) => new()
    {
        Protocol = "knn",
        Version = 1,
        Description = "k nearest",
        Encoder = "pretrained",
        WeightsSha256 = "w",
        Dataset = "d",
        DatasetSha256 = "s",
        Split = "xsub",
        TrainClips = 10,
        TestClips = clips,
        Seeds = [1, 2],
        Measurements = [Statistics.Summarize("accuracy", [1, 2], values)],
        Confusion = confusion,
        Seconds = 1,
    };
}
