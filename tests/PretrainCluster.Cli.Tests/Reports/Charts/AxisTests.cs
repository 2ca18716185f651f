using PretrainCluster.Cli.Reports.Charts;

namespace PretrainCluster.Cli.Tests.Reports.Charts;

public class AxisTests
{
    [Theory]
    [InlineData(0.12, 0.98)]
    [InlineData(0, 5e-4)]
    [InlineData(-3, 7)]
    [InlineData(1e6, 1.1e6)]
    public void Linear_AnyRange_NamesFewRoundValuesThatHoldIt(double low, double high)
    {
        var axis = Axis.Linear(low, high);

        Assert.InRange(axis.Ticks.Count, 3, 12);
        Assert.InRange(low, axis.Ticks[0], axis.Ticks[^1]);
        Assert.InRange(high, axis.Ticks[0], axis.Ticks[^1]);
        Assert.Equal(0, axis.Position(axis.Ticks[0]), 9);
        Assert.Equal(1, axis.Position(axis.Ticks[^1]), 9);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4.5)]
    [InlineData(-2)]
    public void Linear_OneValue_PlacesItInside(double value) =>
        Assert.InRange(Axis.Linear(value, value).Position(value), 0, 1);

    [Fact]
    public void Time_Epochs_EndsWithTheRun()
    {
        var axis = Axis.Time(0, 37.5);

        Assert.Equal(1, axis.Position(37.5), 9);
        Assert.Equal([0, 10, 20, 30], axis.Ticks);
    }

    [Fact]
    public void Logarithmic_ThreeDecades_SpacesThemEvenly()
    {
        var axis = Axis.Logarithmic(0.01, 10);

        Assert.Equal(1 / 3.0, axis.Position(0.1), 9);
        Assert.Contains(0.05, axis.Ticks.Select(t => Math.Round(t, 6)));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.25, "0.25")]
    [InlineData(1500, "1500")]
    [InlineData(0.0005, "5e-4")]
    public void Label_Tick_IsShort(double tick, string label) => Assert.Equal(label, Axis.Label(tick));
}
