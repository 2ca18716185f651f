using System.Text;
using PretrainCluster.Core;
using PretrainCluster.Skeletons.Formats.NwUcla;

namespace PretrainCluster.Skeletons.Tests.Formats.NwUcla;

public class NwUclaParserTests
{
    const string Good = """{"file_name": "a01_s01_e00_v01", "skeletons": [[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [-1.5, 0, 1e-2]]], "label": 3}""";

    [Fact]
    public void Parse_TwoFrames_GivesThemInOrder()
    {
        var sequence = Parse(Good);

        Assert.Equal((3, 2), (sequence.Label, sequence.Frames));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, -1.5f, 0, 0.01f], sequence.Positions);
    }

    [Fact]
    public void Parse_OneFrame_IsValid() => Assert.Equal(1, Parse("""{"skeletons": [[[1, 2, 3], [4, 5, 6]]], "label": 1}""").Frames);

    [Theory]
    [InlineData("""{"skeletons": [[[1, 2, 3]]], "label": 1}""", "frame 1 has 1 joints; the layout has 2")]
    [InlineData("""{"skeletons": [[[1, 2, 3], [4, 5, 6], [7, 8, 9]]], "label": 1}""", "frame 1 has more than 2 joints")]
    [InlineData("""{"skeletons": [[[1, 2], [4, 5]]], "label": 1}""", "three coordinates")]
    [InlineData("""{"skeletons": [[[1, 2, 3, 4], [4, 5, 6]]], "label": 1}""", "three coordinates")]
    [InlineData("""{"skeletons": [[[1, 2, "3"], [4, 5, 6]]], "label": 1}""", "all numbers")]
    [InlineData("""{"skeletons": [[[1, 2, NaN], [4, 5, 6]]], "label": 1}""", "'N' is an invalid")]
    [InlineData("""{"skeletons": [[[1, 2, 1e60], [4, 5, 6]]], "label": 1}""", "not finite")]
    [InlineData("""{"skeletons": [[1, 2]], "label": 1}""", "joint 0 of frame 1 to be [x, y, z]")]
    [InlineData("""{"skeletons": 5, "label": 1}""", "array of frames")]
    [InlineData("""{"skeletons": []}""", "'label' is missing")]
    [InlineData("""{"label": 1}""", "'skeletons' is missing")]
    [InlineData("""{"skeletons": [], "label": "one"}""", "'label' is not a whole number")]
    [InlineData("""{"skeletons": [], "label": 1.5}""", "'label' is not a whole number")]
    [InlineData("""[]""", "an object with")]
    [InlineData("""{"skeletons": [], "label": 1} {}""", "not JSON as expected")]
    [InlineData("", "not JSON as expected")]
    public void Parse_WrongShape_NamesFilePlaceAndReason(string json, string reason)
    {
        var problem = Assert.Throws<InputException>(() => Parse(json));

        Assert.StartsWith("a.json, byte ", problem.Message);
        Assert.Contains(reason, problem.Message);
    }

    [Fact]
    public void Parse_CutAnywhere_IsRefused()
    {
        for (var length = 0; length < Good.Length; length++)
            Assert.Throws<InputException>(() => Parse(Good[..length]));
    }

    [Fact]
    public void Parse_FlippedBits_IsReadOrRefusedAndNothingElse()
    {
        var random = new Random(2);
        for (var round = 0; round < 3000; round++)
        {
            var bytes = Encoding.ASCII.GetBytes(Good);
            for (var flips = random.Next(1, 6); flips > 0; flips--)
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                Assert.All(NwUclaParser.Parse(bytes, 2, "a.json").Positions, value => Assert.True(float.IsFinite(value)));
            }
            catch (InputException problem)
            {
                Assert.StartsWith("a.json, byte ", problem.Message);
            }
        }
    }

    [Fact]
    public void Parse_DeepNesting_IsRefused() =>
        Assert.Throws<InputException>(() => Parse("""{"other": """ + new string('[', 100_000)));

    static NwUclaParser.Sequence Parse(string json) => NwUclaParser.Parse(Encoding.UTF8.GetBytes(json), 2, "a.json");
}
