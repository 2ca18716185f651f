using PretrainCluster.Skeletons.Formats.Ntu;

namespace PretrainCluster.Skeletons.Tests.Formats.Ntu;

public class NtuSplitsTests
{
    [Fact]
    public void TrainsCrossSubject_Ntu60_IsThePublishedHalf() =>
        Assert.Equal([1, 2, 4, 5, 8, 9, 13, 14, 15, 16, 17, 18, 19, 25, 27, 28, 31, 34, 35, 38], Enumerable.Range(1, 40).Where(NtuSplits.TrainsCrossSubject));

    [Fact]
    public void TrainsCrossSubject_Ntu120_Is53Of106() =>
        Assert.Equal(53, Enumerable.Range(1, 106).Count(NtuSplits.TrainsCrossSubject));

    [Fact]
    public void TrainsCrossSetup_Ntu120_IsTheEvenHalf() =>
        Assert.Equal([2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32], Enumerable.Range(1, 32).Where(NtuSplits.TrainsCrossSetup));

    [Fact]
    public void TrainsCrossView_Cameras_TestOnTheFirst() =>
        Assert.Equal([2, 3], Enumerable.Range(1, 3).Where(NtuSplits.TrainsCrossView));
}
