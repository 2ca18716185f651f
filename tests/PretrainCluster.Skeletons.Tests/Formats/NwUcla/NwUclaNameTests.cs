using PretrainCluster.Skeletons.Formats.NwUcla;

namespace PretrainCluster.Skeletons.Tests.Formats.NwUcla;

public class NwUclaNameTests
{
    [Theory]
    [InlineData("a12_s10_e05_v03", 12, 10, 5, 3)]
    [InlineData("a01_s01_e00_v01.json", 1, 1, 0, 1)]
    public void TryParse_RealNames_GivesAllFourNumbers(string text, int action, int subject, int repetition, int view)
    {
        Assert.True(NwUclaName.TryParse(text, out var name));
        Assert.Equal(new NwUclaName(action, subject, repetition, view), name);
        Assert.StartsWith(name.ToString(), text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a1_s01_e00_v01")]
    [InlineData("a01-s01-e00-v01")]
    [InlineData("a01_s01_e00_v011")]
    [InlineData("A01_s01_e00_v01")]
    public void TryParse_OtherNames_AreNone(string text) => Assert.False(NwUclaName.TryParse(text, out _));
}
