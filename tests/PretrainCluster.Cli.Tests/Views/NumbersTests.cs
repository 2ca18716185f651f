using PretrainCluster.Cli.Views;

namespace PretrainCluster.Cli.Tests.Views;

public class NumbersTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.123456, "0.1235")]
    [InlineData(12.3456, "12.35")]
    [InlineData(-1.23456, "-1.235")]
    [InlineData(1234.4, "1234")]
    [InlineData(0.00048, "4.800e-04")]
    [InlineData(double.NaN, "NaN")]
    public void Short_Value_HasFourDigits(double value, string text) => Assert.Equal(text, Numbers.Short(value));

    [Theory]
    [InlineData(0, "0:00")]
    [InlineData(42, "0:42")]
    [InlineData(723, "12:03")]
    [InlineData(11045, "3:04:05")]
    [InlineData(190_000, "2 d 4 h")]
    [InlineData(-5, "0:00")]
    public void Duration_Seconds_AreReadable(int seconds, string text) => Assert.Equal(text, Numbers.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(4, "4")]
    [InlineData(0.25, "0.25")]
    [InlineData(0.0104, "0.01")]
    public void AtMost_ThreeDigits_LeavesOutZerosAtTheEnd(double value, string text) => Assert.Equal(text, Numbers.AtMost(value, 3));

    [Fact]
    public void MeanAndInterval_OneValue_HasNoInterval()
    {
        Assert.Equal("67.2", Numbers.MeanAndInterval(new("accuracy", [1], [67.2], 67.2, 0)));
        Assert.Equal("67.2 ± 1.1", Numbers.MeanAndInterval(new("accuracy", [1, 2], [66.1, 68.3], 67.2, 1.1)));
    }
}
