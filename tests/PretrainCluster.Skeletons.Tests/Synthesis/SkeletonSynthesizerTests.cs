using PretrainCluster.Core;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Layouts;
using PretrainCluster.Skeletons.Synthesis;

namespace PretrainCluster.Skeletons.Tests.Synthesis;

public sealed class SkeletonSynthesizerTests
{
    static readonly SynthesisOptions Clean = new() { Noise = 0, Occlusion = 0 };

    static double Distance(Clip clip, int frame, int a, int b) => Math.Sqrt(Enumerable.Range(0, 3).Sum(axis =>
        Math.Pow(clip.Positions[(frame * 25 + a) * 3 + axis] - clip.Positions[(frame * 25 + b) * 3 + axis], 2)));

    [Fact]
    public void Generate_SameOptions_GivesTheSameClipInAnyOrder()
    {
        var a = new SkeletonSynthesizer(new());
        var b = new SkeletonSynthesizer(new());
        b.Generate(3);

        Assert.Equal(a.Generate(17).Positions, b.Generate(17).Positions);
        Assert.NotEqual(a.Generate(17).Positions, new SkeletonSynthesizer(new() { Seed = 2 }).Generate(17).Positions);
    }

    [Fact]
    public void Generate_Limbs_KeepTheirLengthThroughoutAClip()
    {
        var synthesizer = new SkeletonSynthesizer(Clean);
        int[][] limbs = [[4, 5], [5, 6], [8, 9], [9, 10], [12, 13], [13, 14], [16, 17], [17, 18], [20, 4]];

        for (var index = 0; index < SkeletonSynthesizer.Classes.Count; index++)
        {
            var clip = synthesizer.Generate(index);
            foreach (var limb in limbs)
            {
                for (var frame = 1; frame < clip.Frames; frame++)
                    Assert.Equal(Distance(clip, 0, limb[0], limb[1]), Distance(clip, frame, limb[0], limb[1]), 1e-4);
            }
        }
    }

    [Fact]
    public void Generate_FirstFrame_IsCentredOnTheRoot()
    {
        var clip = new SkeletonSynthesizer(Clean).Generate(5);

        Assert.All(clip.Positions.AsSpan(JointLayouts.KinectV2.Root * 3, 3).ToArray(), value => Assert.Equal(0, value, 1e-6));
    }

    [Fact]
    public void Generate_EveryClass_MovesMoreThanItsStance()
    {
        var synthesizer = new SkeletonSynthesizer(Clean with { Distraction = 0, StanceVariation = 0, MotionVariation = 0 });

        for (var label = 0; label < SkeletonSynthesizer.Classes.Count; label++)
        {
            var clip = synthesizer.Generate(label);
            var reach = Enumerable.Range(0, 25).Max(joint => Enumerable.Range(0, clip.Frames).Max(frame =>
                Enumerable.Range(0, 3).Max(axis => Math.Abs(clip.Positions[(frame * 25 + joint) * 3 + axis] - clip.Positions[joint * 3 + axis]))));
            Assert.True(reach > 0.25, $"{SkeletonSynthesizer.Classes[label]} moves {reach} m");
        }
    }

    [Fact]
    public void WriteTo_SmallSet_HasBothSplitsBySubjectAndCamera()
    {
        using var folder = new TemporaryFolder();
        new SkeletonSynthesizer(new() { Clips = 180, Subjects = 6 }).WriteTo(folder["set"]);

        using var dataset = SkeletonDataset.Open(folder["set"]);
        var (xsub, xview) = (dataset.Split("xsub"), dataset.Split("xview"));

        Assert.Equal(180, xsub.Train.Count + xsub.Test.Count);
        Assert.Equal(180, xview.Train.Count + xview.Test.Count);
        Assert.Empty(xsub.Train.Select(dataset.Subject).Intersect(xsub.Test.Select(dataset.Subject)));
        Assert.Empty(xview.Train.Select(dataset.View).Intersect(xview.Test.Select(dataset.View)));
        Assert.All(dataset.Description.Classes, motion => Assert.Equal(180 / dataset.Description.Classes.Count, motion.Clips));
        Assert.Empty(dataset.Verify());
    }

    [Fact]
    public void Constructor_ImpossibleOption_NamesIt() =>
        Assert.Contains("max frames", Assert.Throws<InputException>(() => new SkeletonSynthesizer(new() { MinFrames = 50, MaxFrames = 40 })).Message);
}
