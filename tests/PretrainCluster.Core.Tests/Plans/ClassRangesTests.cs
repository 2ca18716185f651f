using PretrainCluster.Core.Plans;

namespace PretrainCluster.Core.Tests.Plans;

public sealed class ClassRangesTests
{
    [Theory]
    [InlineData("60-63, 0", new[] { 0, 60, 61, 62, 63 }, "0,60-63")]
    [InlineData("4,3,2,9", new[] { 2, 3, 4, 9 }, "2-4,9")]
    [InlineData("7", new[] { 7 }, "7")]
    public void Parse_ThenText_ShortestFormOfTheSameClasses(string text, int[] classes, string shortest)
    {
        Assert.Equal(classes, ClassRanges.Parse(text));
        Assert.Equal(shortest, ClassRanges.Text(classes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1,,2")]
    [InlineData("5-3")]
    [InlineData("-1")]
    [InlineData("0-99999999999")]
    [InlineData("0-2000000")]
    [InlineData("a")]
    public void Parse_NoClasses_SaysWhatIsExpected(string text)
        => Assert.Contains("60-119", Assert.Throws<InputException>(() => ClassRanges.Parse(text)).Message, StringComparison.Ordinal);
}
