using PretrainCluster.Learning.Evaluation;

namespace PretrainCluster.Learning.Tests.Evaluation;

public sealed class AccuracyTests
{
    [Fact]
    public void Percent_ThreeOfFour_75() => Assert.Equal(75, Accuracy.Percent([0, 1, 2, 2], [0, 1, 2, 0]));

    [Fact]
    public void Confusion_RowsAreTrueClasses()
    {
        var counts = Accuracy.Confusion([0, 1, 1, 2], [0, 2, 1, 0], 3);
        Assert.Equal([[1, 0, 0], [0, 1, 1], [1, 0, 0]], counts);
    }
}
