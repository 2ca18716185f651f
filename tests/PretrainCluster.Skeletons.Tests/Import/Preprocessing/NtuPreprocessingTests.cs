using System.Text;
using PretrainCluster.Core;
using PretrainCluster.Skeletons.Formats.Ntu;
using PretrainCluster.Skeletons.Import.Preprocessing;

namespace PretrainCluster.Skeletons.Tests.Import.Preprocessing;

public class NtuPreprocessingTests
{
    const double Tolerance = 2e-6;

    public static TheoryData<string, string> Cases()
    {
        var data = new TheoryData<string, string>();
        foreach (var one in PublicCase.All)
            foreach (var family in one.Expected.Keys)
                data.Add(one.Name, family);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Apply_PublicCase_GivesThePublicCodesNumbers(string name, string family)
    {
        var one = PublicCase.All.Single(candidate => candidate.Name == name);
        var expected = one.Expected[family];

        var actual = NtuPreprocessings.Find(family).Apply(Parse(one))!;

        Assert.Equal(expected.Frames, actual.Frames);
        // Not every value is listed, but a wrong one moves the sums: 4 decimals were kept, over up to 6,000 single-precision values.
        Assert.Equal(expected.Sum, actual.Positions.Sum(value => (double)value), 1e-3);
        Assert.Equal(expected.Squares, actual.Positions.Sum(value => (double)value * value), 1e-3);
        for (var frame = 0; frame < (expected.Joints?.Length ?? 0); frame++)
            for (var person = 0; person < 2; person++)
                Assert.All(Listed(actual, frame, person).Zip(expected.Joints![frame][person]), pair => Assert.Equal(pair.Second, pair.First, Tolerance));
    }

    [Fact]
    public void Apply_CtrGcn120OfOnePerson_HasThePersonTwice()
    {
        var clip = NtuPreprocessings.Find("ctr-gcn-120").Apply(Parse(PublicCase.All[0]))!;

        Assert.Equal(2, clip.Persons);
        for (var frame = 0; frame < clip.Frames; frame++)
            Assert.Equal(clip.At(frame, 0).ToArray(), clip.At(frame, 1).ToArray());
    }

    [Fact]
    public void Apply_CtrGcnOnOnePerson_PutsTheSpineOfTheFirstFrameAtTheOrigin()
    {
        var clip = NtuPreprocessings.Find("a").Apply(Parse(PublicCase.All[0]))!;

        Assert.Equal(1, clip.Persons);
        Assert.Equal([0f, 0f, 0f], clip.At(0, 0).Slice(3, 3).ToArray());
        Assert.NotEqual([0f, 0f, 0f], clip.At(1, 0).Slice(3, 3).ToArray());
    }

    [Fact]
    public void Apply_Agcn_PutsTheSpineOfEveryFrameAtTheOriginAndAlongZ()
    {
        var clip = NtuPreprocessings.Find("b").Apply(Parse(PublicCase.All[3]))!;

        for (var frame = 0; frame < clip.Frames; frame++)
            Assert.Equal([0f, 0f, 0f], clip.At(frame, 0).Slice(3, 3).ToArray());
        var shoulders = clip.At(0, 0).Slice(24, 3).ToArray().Zip(clip.At(0, 0).Slice(12, 3).ToArray(), (right, left) => right - left).ToArray();
        Assert.True(shoulders[0] > 0);
        Assert.Equal(0, shoulders[1], 1e-5);
        Assert.Equal(0, shoulders[2], 1e-5);
    }

    [Fact]
    public void Apply_None_KeepsCameraCoordinatesOfTheTwoBodiesSeenMost()
    {
        var one = PublicCase.All.Single(candidate => candidate.Name == "overlapping third is dropped");
        var sequence = Parse(one);

        var clip = NtuPreprocessings.Find("none").Apply(sequence)!;

        Assert.Equal((2, 30), (clip.Persons, clip.Frames));
        Assert.Equal(sequence.Frames[0][0].Joints.Select(value => (float)value), clip.At(0, 0).ToArray());
        Assert.All(clip.At(0, 1).ToArray(), value => Assert.Equal(0, value));
        Assert.Equal(sequence.Frames[3][1].Joints.Select(value => (float)value), clip.At(3, 1).ToArray());
    }

    [Theory]
    [InlineData("ctr-gcn")]
    [InlineData("ctr-gcn-120")]
    [InlineData("agcn")]
    [InlineData("none")]
    public void Apply_NoBodyInAnyFrame_GivesNothing(string family) =>
        Assert.Null(NtuPreprocessings.Find(family).Apply(new NtuSequence("S001C001P001R001A001", [[], [], []])));

    [Fact]
    public void Apply_CtrGcnOnTwoShortBodies_KeepsThem()
    {
        var bodies = new[] { 1UL, 2UL }.Select(id => new NtuBody(id, [.. Enumerable.Range(0, 75).Select(i => (double)i * id)])).ToArray();

        var clip = NtuPreprocessings.Find("ctr-gcn").Apply(new NtuSequence("S001C001P001R001A001", [bodies]))!;

        Assert.Equal(1, clip.Frames);
    }

    [Theory]
    [InlineData("ctr-gcn")]
    [InlineData("none")]
    public void Apply_OneBodyTwiceInAFrame_IsRefused(string family)
    {
        var body = new NtuBody(7, new double[75]);

        Assert.Contains("body 7 occurs twice", Assert.Throws<InputException>(() =>
            NtuPreprocessings.Find(family).Apply(new NtuSequence("S001C001P001R001A001", [[body, body]]))).Message);
    }

    [Fact]
    public void Find_UnknownFamily_ListsThem() =>
        Assert.Contains("ctr-gcn, ctr-gcn-120, agcn, none", Assert.Throws<InputException>(() => NtuPreprocessings.Find("c")).Message);

    static NtuSequence Parse(PublicCase one) =>
        SkeletonParser.Parse(new MemoryStream(Encoding.ASCII.GetBytes(one.Text())), "S001C001P001R001A001", "case.skeleton");

    static double[] Listed(PersonFrames clip, int frame, int person)
    {
        var pose = person < clip.Persons ? clip.At(frame, person).ToArray() : new float[PersonFrames.Stride];
        return [.. new[] { 0, 7, 20 }.SelectMany(joint => pose.Skip(joint * 3).Take(3)).Select(value => (double)value)];
    }
}
