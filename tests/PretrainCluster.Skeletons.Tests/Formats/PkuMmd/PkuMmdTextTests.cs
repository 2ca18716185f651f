using System.Text;
using PretrainCluster.Core;
using PretrainCluster.Skeletons.Formats.PkuMmd;

namespace PretrainCluster.Skeletons.Tests.Formats.PkuMmd;

public sealed class PkuMmdTextTests
{
    static readonly string Frame = string.Join(' ', Enumerable.Range(0, 150).Select(i => $"{i / 10.0:0.000000}"));

    [Theory]
    [InlineData("0002-L", 1, -1, 1)]
    [InlineData("0364-M.txt", 1, -1, 2)]
    [InlineData("A26N13-R.txt", 2, 13, 3)]
    public void Name_OfEitherPhase_SaysPhaseSubjectAndView(string text, int phase, int subject, int view)
    {
        Assert.True(PkuMmdName.TryParse(text, out var name));
        Assert.Equal(new PkuMmdName(phase, text[..6] + (phase == 2 ? text[6..8] : ""), subject, view), name);
    }

    [Theory]
    [InlineData("002-L")]
    [InlineData("0002-X")]
    [InlineData("cross-view.txt")]
    [InlineData("0002-L.txt.bak")]
    public void Name_Other_IsNone(string text) => Assert.False(PkuMmdName.TryParse(text, out _));

    [Fact]
    public void Sequence_LinesAsPublished_AreFrames()
    {
        // The published files begin every line but the first with a blank.
        var sequence = Sequence($"{Frame}\n {Frame}\r\n{Frame} \n\n");

        Assert.Equal(3, sequence.Frames);
        Assert.Equal(Enumerable.Range(0, 450).Select(i => (float)(i % 150 / 10.0)), sequence.Positions);
    }

    [Theory]
    [InlineData("1 2 3\n", "line 1: a frame has 150 numbers, 2 persons x 25 joints x 3; this line has 3.")]
    [InlineData("FRAME 7\n", "line 1: a frame has 150 numbers, 2 persons x 25 joints x 3; this line has more.")]
    [InlineData("FRAME\nx FRAME\n", "line 2: number 1 is none.")]
    [InlineData("FRAME\n1e999 FRAME\n", "line 2: number 1 is not finite.")]
    [InlineData("nan FRAME\n", "line 1: number 1 is not finite.")]
    [InlineData("FRAME\n\nFRAME\n", "line 3: frames follow an empty line")]
    [InlineData("FRAME\n\0\0\0\n", "line 2: holds NUL bytes")]
    public void Sequence_Malformed_NamesLineAndReason(string text, string reason) =>
        Assert.Contains($"a.txt, {reason}", Assert.Throws<InputException>(() => Sequence(text.Replace("FRAME", Frame))).Message);

    [Fact]
    public void Sequence_LineWithoutEnd_IsRefused() =>
        Assert.Contains("longer than 4096 bytes", Assert.Throws<InputException>(() => Sequence(new string('1', 100_000))).Message);

    [Fact]
    public void Labels_Lines_AreNumbers() =>
        Assert.Equal([new PkuMmdLabel(1, 9, 321, 401, 2), new PkuMmdLabel(2, 51, 0, 5, 1)], Labels("9,321,401,2\r\n51, 0, 5, 1\n\n"));

    [Theory]
    [InlineData("9,321,401\n", "line 1: expected label,start,end,confidence, which is 4 numbers; this line has 3.")]
    [InlineData("1,2,3,4\n9,321,four,2\n", "line 2: expected label,start,end,confidence, which are whole numbers; number 3 is none.")]
    [InlineData("9,321,99999999999,2\n", "number 3 is none")]
    public void Labels_Malformed_NamesLineAndReason(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<InputException>(() => Labels(text)).Message);

    [Fact]
    public void Split_AsPublished_HasBothSides()
    {
        // The lists are longer than any line of coordinates.
        var many = string.Join(", ", Enumerable.Range(1, 1000).Select(i => $"{i:0000}-M"));
        var split = Split($"Training videos: \n{many}, \nValidataion videos: \n0001-L, 0002-L, \n");

        Assert.Equal((1000, 2, 1), (split.Train.Count, split.Test.Count, split.Phase));
        Assert.Contains("0002-L", split.Test);
    }

    [Theory]
    [InlineData("0001-L, 0002-L\n", "before 'Training videos:'")]
    [InlineData("Validataion videos:\n0001-L\n", "once each, in that order")]
    [InlineData("Training videos:\n0001-L, S001\n", "'S001' is no sequence")]
    [InlineData("Training videos:\n0001-L\nValidataion videos:\n0001-L\n", "line 4: 0001-L is on both sides")]
    [InlineData("Training videos:\n0001-L\nValidataion videos:\nA01N01-L\n", "of both phases")]
    [InlineData("Training videos:\n0001-L\n", "names 1 training and 0 other sequences")]
    public void Split_Malformed_NamesLineAndReason(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<InputException>(() => Split(text)).Message);

    static PkuMmdSequence Sequence(string text) => PkuMmdSequence.Read(Stream(text), "a.txt");

    static IReadOnlyList<PkuMmdLabel> Labels(string text) => PkuMmdLabel.Read(Stream(text), "a.txt");

    static PkuMmdSplit Split(string text) => PkuMmdSplit.Read(Stream(text), "a.txt");

    static MemoryStream Stream(string text) => new(Encoding.ASCII.GetBytes(text));
}
