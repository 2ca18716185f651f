using PretrainCluster.Cli.Views;

namespace PretrainCluster.Cli.Tests.Views;

public class SparklineTests
{
    [Theory]
    [InlineData(new double[] { }, 10, "")]
    [InlineData(new double[] { 1, 1, 1 }, 10, "▁▁▁")]
    [InlineData(new double[] { 8, 7, 6, 5, 4, 3, 2, 1 }, 10, "█▇▆▅▄▃▂▁")]
    [InlineData(new double[] { 0, 0, 10, 10 }, 2, "▁█")]
    [InlineData(new double[] { 1, 2 }, 0, "")]
    public void Draw_Values_AreHeights(double[] values, int width, string line) => Assert.Equal(line, Sparkline.Draw(values, width));
}
