using PretrainCluster.Skeletons.Formats.Ntu;

namespace PretrainCluster.Skeletons.Tests.Formats.Ntu;

public class NtuNameTests
{
    [Theory]
    [InlineData("S017C003P020R002A060")]
    [InlineData("S032C001P106R001A120.skeleton")]
    public void TryParse_RealNames_GivesAllFiveNumbers(string text)
    {
        Assert.True(NtuName.TryParse(text, out var name));
        Assert.Equal(text[..20], name.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("S017C003P020R002A06")]
    [InlineData("S017C003P020R002A0601")]
    [InlineData("S017C003P020R002B060")]
    [InlineData("S017C003P0x0R002A060")]
    [InlineData("S000C003P020R002A060")]
    [InlineData("S+17C003P020R002A060")]
    public void TryParse_OtherNames_AreNone(string text) => Assert.False(NtuName.TryParse(text, out _));
}
