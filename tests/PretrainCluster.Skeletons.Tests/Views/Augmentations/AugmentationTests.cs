using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Skeletons.Tests.Datasets;
using PretrainCluster.Skeletons.Views;
using PretrainCluster.Skeletons.Views.Augmentations;

namespace PretrainCluster.Skeletons.Tests.Views.Augmentations;

public sealed class AugmentationTests
{
    const int Persons = 2, Frames = 12, Joints = 5;

    static readonly float[] Original = TestClips.Draw(3, Persons * Frames, persons: 1).Positions;

    static float[] Apply(AugmentationPlan plan, int view = 0)
    {
        var values = (float[])Original.Clone();
        var random = new CounterRandom(9, RandomPurpose.View, (ulong)view);
        Augmentation.Create(plan, TestClips.Layout, "test").Apply(new SkeletonView(values, Persons, Frames, Joints), ref random);
        return values;
    }

    static double Length(float[] values, int joint) => Math.Sqrt(values.AsSpan(joint * 3, 3).ToArray().Sum(value => (double)value * value));

    static int[] ChangedJoints(float[] values) => [.. Enumerable.Range(0, Persons * Frames * Joints)
        .Where(joint => !values.AsSpan(joint * 3, 3).SequenceEqual(Original.AsSpan(joint * 3, 3)))];

    public static TheoryData<AugmentationPlan> Rotations => [new Rotation.Settings(), new AxisRotation.Settings(), new Yaw.Settings()];

    [Theory, MemberData(nameof(Rotations))]
    public void Rotations_KeepDistances(AugmentationPlan plan)
    {
        var turned = Apply(plan);

        Assert.NotEqual(Original, turned);
        for (var joint = 0; joint < Persons * Frames * Joints; joint++)
            Assert.Equal(Length(Original, joint), Length(turned, joint), 1e-5);
    }

    [Fact]
    public void AxisRotation_TurnsAboutOneAxisMostly()
    {
        for (var view = 0; view < 50; view++)
        {
            var random = new CounterRandom(9, RandomPurpose.View, (ulong)view);
            var map = new AxisRotation(1, 30 * Math.PI / 180, Math.PI / 180).Draw(ref random);
            double[] angles = [Math.Abs(map.Yz), Math.Abs(map.Zx), Math.Abs(map.Xy)];

            Assert.True(angles.Order().ElementAt(1) < 0.04, $"second largest angle of {string.Join(", ", angles)}");
            Assert.InRange(angles.Max(), 0, 0.5 + 1e-3);
        }
    }

    [Fact]
    public void Yaw_LeavesHeightsAndTurnsBothWaysWithinItsBounds()
    {
        var turned = Apply(new Yaw.Settings());
        for (var joint = 0; joint < Persons * Frames * Joints; joint++)
            Assert.Equal(Original[joint * 3 + 1], turned[joint * 3 + 1]);

        var angles = Enumerable.Range(0, 200).Select(view =>
        {
            var random = new CounterRandom(9, RandomPurpose.View, (ulong)view);
            var map = new Yaw(1, 0.5, upright: false).Draw(ref random);
            return Math.Asin(map.Zx);
        }).ToList();
        Assert.InRange(angles.Max(), 0.4, 0.5);
        Assert.InRange(angles.Min(), -0.5, -0.4);

        var stream = new CounterRandom(9, RandomPurpose.View, 1);
        var upright = new Yaw(1, 0.5, upright: true).Draw(ref stream);
        Assert.Equal((0, 0, 0, 0, 1), (upright.Xz, upright.Zx, upright.Yz, upright.Zy, upright.Zz));
        Assert.NotEqual(0, upright.Xy);
    }

    [Fact]
    public void Shear_KeepsTheDiagonalAndStaysInItsBounds()
    {
        for (var view = 0; view < 50; view++)
        {
            var random = new CounterRandom(9, RandomPurpose.View, (ulong)view);
            var map = new Shear(1, 0.5).Draw(ref random);

            Assert.Equal((1, 1, 1), (map.Xx, map.Yy, map.Zz));
            Assert.All([map.Xy, map.Xz, map.Yx, map.Yz, map.Zx, map.Zy], entry => Assert.InRange(entry, -0.5f, 0.5f));
            Assert.NotEqual(map.Xy, map.Yx);
        }
    }

    [Fact]
    public void JointDrop_ZeroesTheSameJointsEverywhere()
    {
        var dropped = Apply(new JointDrop.Settings { Joints = 2 });

        var changed = ChangedJoints(dropped);
        Assert.Equal(2, changed.Select(joint => joint % Joints).Distinct().Count());
        Assert.Equal(2 * Persons * Frames, changed.Length);
        Assert.All(changed, joint => Assert.Equal(0, Length(dropped, joint)));
    }

    [Theory]
    [InlineData(1.0, true)]
    [InlineData(0.0, false)]
    public void JointJitter_ZeroesOrTransformsSomeJoints(double zeroProbability, bool zeroed)
    {
        var jittered = Apply(new JointJitter.Settings { Joints = 3, ZeroProbability = zeroProbability });

        var changed = ChangedJoints(jittered);
        Assert.Equal(3 * Persons * Frames, changed.Length);
        Assert.All(changed, joint => Assert.Equal(zeroed, Length(jittered, joint) == 0));
    }

    [Fact]
    public void Flip_SwapsPairsAndTwiceIsNothing()
    {
        var flipped = Apply(new Flip.Settings());

        for (var frame = 0; frame < Persons * Frames; frame++)
        {
            Assert.Equal(Original.AsSpan(frame * 15, 9), flipped.AsSpan(frame * 15, 9));
            Assert.Equal(Original.AsSpan(frame * 15 + 9, 3), flipped.AsSpan(frame * 15 + 12, 3));
            Assert.Equal(Original.AsSpan(frame * 15 + 12, 3), flipped.AsSpan(frame * 15 + 9, 3));
        }
    }

    [Fact]
    public void TemporalFlip_ReversesEachPerson()
    {
        var flipped = Apply(new TemporalFlip.Settings());

        for (var person = 0; person < Persons; person++)
        {
            for (var frame = 0; frame < Frames; frame++)
                Assert.Equal(Original.AsSpan((person * Frames + frame) * 15, 15), flipped.AsSpan((person * Frames + Frames - 1 - frame) * 15, 15));
        }
    }

    [Fact]
    public void Noise_HasItsDeviation()
    {
        var noise = Enumerable.Range(0, 40).SelectMany(view => Apply(new Noise.Settings { Amount = 0.05 }, view)
            .Zip(Original, (noisy, value) => (double)noisy - value)).ToArray();

        Assert.Equal(0, noise.Average(), 0.002);
        Assert.Equal(0.05, Math.Sqrt(noise.Average(value => value * value)), 0.002);
    }

    [Fact]
    public void Blur_KeepsAStillClipAndSmoothsANoisyOne()
    {
        var blur = Augmentation.Create(new Blur.Settings { Kernel = 7, MinSigma = 2, MaxSigma = 2 }, TestClips.Layout, "test");
        var random = new CounterRandom(1, RandomPurpose.View);
        var still = Enumerable.Repeat(2.5f, Persons * Frames * 15).ToArray();
        blur.Apply(new SkeletonView(still, Persons, Frames, Joints), ref random);
        var blurred = Apply(new Blur.Settings { Kernel = 7, MinSigma = 2, MaxSigma = 2 });

        Assert.All(still, value => Assert.Equal(2.5, value, 1e-5));
        Assert.True(Roughness(blurred) < 0.2 * Roughness(Original));

        static double Roughness(float[] values) => Enumerable.Range(0, values.Length - 15).Where(i => i / 15 % Frames != Frames - 1)
            .Sum(i => Math.Pow(values[i + 15] - values[i], 2));
    }

    [Fact]
    public void Happens_FollowsTheProbability()
    {
        var random = new CounterRandom(4, RandomPurpose.View);
        var augmentation = Augmentation.Create(new Shear.Settings { Probability = 0.3 }, TestClips.Layout, "test");

        var share = Enumerable.Range(0, 5000).Count(_ => augmentation.Happens(ref random)) / 5000.0;

        Assert.Equal(0.3, share, 0.03);
    }
}
