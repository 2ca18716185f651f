using System.Text;
using PretrainCluster.Core;

namespace PretrainCluster.Skeletons.Tests.Formats.Ntu;

public class SkeletonParserTests
{
    [Fact]
    public void Parse_TwoBodiesThenNoneThenOne_KeepsThemInOrder()
    {
        var sequence = SkeletonText.Parse(SkeletonText.Bytes(SkeletonText.Lines([1, SkeletonText.LongId], [], [2])));

        Assert.Equal([[1, SkeletonText.LongId], [], [2]], sequence.Frames.Select(bodies => bodies.Select(body => body.Id).ToArray()));
        Assert.Equal([0.02, 0, 3.2], sequence.Frames[2][0].Joints[..3]);
        Assert.Equal([0.24, -1.2, 3], sequence.Frames[0][1].Joints[72..]);
    }

    [Fact]
    public void Parse_WindowsLineEndsAndNoLastOne_AreFine()
    {
        var text = string.Join("\r\n", SkeletonText.Lines([7]));

        Assert.Equal(7UL, SkeletonText.Parse(Encoding.ASCII.GetBytes(text)).Frames[0][0].Id);
    }

    [Fact]
    public void Parse_ExponentsAndManyDigits_AreReadExactly()
    {
        var lines = SkeletonText.Lines([7]);
        lines[4] = "-1.234567890123456e-01 2E0 3.99999999 1 2 3 4 0 0 0 1 2";

        Assert.Equal([-0.1234567890123456, 2, 3.99999999], SkeletonText.Parse(SkeletonText.Bytes(lines)).Frames[0][0].Joints[..3]);
    }

    [Theory]
    [InlineData(0, "three", 1, "the frame count")]
    [InlineData(0, "-1", 1, "the frame count")]
    [InlineData(0, "2000000000", 1, "more than 100000 cannot be right")]
    [InlineData(1, "1 1", 2, "the body count of frame 1 of 1")]
    [InlineData(1, "1000000", 2, "more than 32 cannot be right")]
    [InlineData(2, "7 0 1 1", 3, "a body has 10 fields, this line has 4")]
    [InlineData(2, "x 0 1 1 1 1 0 0 0 2", 3, "body id")]
    [InlineData(2, "99999999999999999999999 0 1 1 1 1 0 0 0 2", 3, "body id")]
    [InlineData(3, "24", 4, "has 25 joints, this one 24")]
    [InlineData(3, "2147483647", 4, "has 25 joints")]
    [InlineData(4, "0.1 abc 0.3 1 2 3 4 0 0 0 1 2", 5, "coordinate y is not a number")]
    [InlineData(4, "0.1 0.2 NaN 1 2 3 4 0 0 0 1 2", 5, "coordinate z is not finite")]
    [InlineData(4, "-Infinity 0.2 3 1 2 3 4 0 0 0 1 2", 5, "coordinate x is not finite")]
    [InlineData(4, "1e300 0.2 3 1 2 3 4 0 0 0 1 2", 5, "coordinate x is not finite")]
    [InlineData(4, "0.1 0.2 0.3", 5, "a joint has 12 fields, this line has 3")]
    [InlineData(4, "", 5, "a joint has 12 fields, this line has 0")]
    public void Parse_BadLine_NamesFileLineAndReason(int index, string line, int number, string reason)
    {
        var lines = SkeletonText.Lines([7]);
        lines[index] = line;

        var problem = Assert.Throws<InputException>(() => SkeletonText.Parse(SkeletonText.Bytes(lines)));

        Assert.StartsWith($"a.skeleton, line {number}: ", problem.Message);
        Assert.Contains(reason, problem.Message);
    }

    [Fact]
    public void Parse_FrameCountTooHigh_SaysWhereTheFileEnds()
    {
        var lines = SkeletonText.Lines([7], [7]);
        lines[0] = "3";

        Assert.Contains("line 57: the file ends where the body count of frame 3 of 3", Assert.Throws<InputException>(() => SkeletonText.Parse(SkeletonText.Bytes(lines))).Message);
    }

    [Fact]
    public void Parse_FrameCountTooLow_SaysThatThereIsMore()
    {
        var lines = SkeletonText.Lines([7], [7]);
        lines[0] = "1";

        Assert.Contains("line 30: there is more text after the 1 frames", Assert.Throws<InputException>(() => SkeletonText.Parse(SkeletonText.Bytes(lines))).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(100_000)]
    public void Parse_NulBytes_SaysSo(int from)
    {
        var bytes = SkeletonText.Clip(60);
        bytes.AsSpan(Math.Min(from, bytes.Length - 1)).Clear();

        Assert.Contains("NUL bytes", Assert.Throws<InputException>(() => SkeletonText.Parse(bytes)).Message);
    }

    [Fact]
    public void Parse_EmptyFile_IsRefused() =>
        Assert.Contains("the file ends where the frame count", Assert.Throws<InputException>(() => SkeletonText.Parse([])).Message);

    [Fact]
    public void Parse_OneEndlessLine_IsRefusedInBoundedMemory()
    {
        var endless = Enumerable.Repeat((byte)'1', 10_000_000).ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Contains("longer than", Assert.Throws<InputException>(() => SkeletonText.Parse(endless)).Message);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Parse_CutAnywhere_IsRefusedOrLacksOnlyTheEnd()
    {
        var bytes = SkeletonText.Clip(2);
        var lastLine = Array.LastIndexOf(bytes, (byte)'\n', bytes.Length - 2) + 1;
        for (var length = 0; length < lastLine; length++)
            Assert.Throws<InputException>(() => SkeletonText.Parse(bytes[..length]));
        Assert.Equal(2, SkeletonText.Parse(bytes[..^1]).Frames.Count);
    }

    [Fact]
    public void Parse_FlippedBits_IsReadOrRefusedAndNothingElse()
    {
        var original = SkeletonText.Clip(4);
        var random = new Random(1);
        for (var round = 0; round < 3000; round++)
        {
            var bytes = (byte[])original.Clone();
            for (var flips = random.Next(1, 6); flips > 0; flips--)
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                Assert.All(SkeletonText.Parse(bytes).Frames.SelectMany(bodies => bodies), body => Assert.All(body.Joints, value => Assert.True(double.IsFinite(value))));
            }
            catch (InputException problem)
            {
                Assert.StartsWith("a.skeleton, line ", problem.Message);
            }
        }
    }
}
