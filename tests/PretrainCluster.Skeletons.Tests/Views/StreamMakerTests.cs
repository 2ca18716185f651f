using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Layouts;
using PretrainCluster.Skeletons.Tests.Datasets;
using PretrainCluster.Skeletons.Views;
using PretrainCluster.Skeletons.Views.Augmentations;

namespace PretrainCluster.Skeletons.Tests.Views;

public sealed class StreamMakerTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("kinect-v2")]
    [InlineData("kinect-v1")]
    [InlineData("coco-17")]
    public void Apply_Bone_IsChildMinusParentOfEveryBone(string name)
    {
        var layout = JointLayouts.Find(name);
        var (joints, values) = (layout.Joints.Count, Draw(2 * 3 * layout.Joints.Count * 3));
        var expected = new float[values.Length];
        for (var frame = 0; frame < 2 * 3; frame++)
        {
            foreach (var (child, parent) in layout.Bones)
            {
                for (var axis = 0; axis < 3; axis++)
                    expected[(frame * joints + child) * 3 + axis] = values[(frame * joints + child) * 3 + axis] - values[(frame * joints + parent) * 3 + axis];
            }
        }

        new StreamMaker(ViewStream.Bone, layout).Apply(new SkeletonView(values, 2, 3, joints));

        Assert.Equal(expected, values);
    }

    [Fact]
    public void Apply_Motion_IsNextMinusCurrentAndLastZero()
    {
        var layout = JointLayouts.KinectV2;
        var (frame, values) = (layout.Joints.Count * 3, Draw(2 * 4 * layout.Joints.Count * 3));
        var before = values.ToArray();

        new StreamMaker(ViewStream.Motion, layout).Apply(new SkeletonView(values, 2, 4, layout.Joints.Count));

        Assert.All(Enumerable.Range(0, values.Length), i => Assert.Equal(i / frame % 4 == 3 ? 0 : before[i + frame] - before[i], values[i]));
    }

    [Theory]
    [InlineData(ViewStream.Joint)]
    [InlineData(ViewStream.Bone)]
    [InlineData(ViewStream.Motion)]
    public void MakeTraining_OfAStream_IsTheStreamOfTheAugmentedView(ViewStream stream)
    {
        using var dataset = SkeletonDataset.Open(TestClips.Write(_folder["set"], [TestClips.Draw(0, 40), TestClips.Draw(1, 30, persons: 1)]));
        var plan = new ViewPlan { Frames = 16, Augment = [new Rotation.Settings(), new Noise.Settings { Probability = 1 }] };
        var (joints, streamed) = (new ViewMaker(dataset, plan), new ViewMaker(dataset, plan with { Stream = stream }));
        var (expected, actual) = (new float[joints.Length], new float[joints.Length]);

        for (var sample = 0; sample < 2; sample++)
        {
            joints.MakeTraining(sample, new CounterRandom(1, RandomPurpose.View), expected);
            new StreamMaker(stream, dataset.Description.Layout).Apply(new SkeletonView(expected, dataset.Persons, 16, dataset.Joints));
            streamed.MakeTraining(sample, new CounterRandom(1, RandomPurpose.View), actual);
            Assert.Equal(expected, actual);

            joints.MakeEvaluation(sample, expected);
            new StreamMaker(stream, dataset.Description.Layout).Apply(new SkeletonView(expected, dataset.Persons, 16, dataset.Joints));
            streamed.MakeEvaluation(sample, actual);
            Assert.Equal(expected, actual);
        }
        // The second clip's second person is absent.
        Assert.All(actual.Skip(actual.Length / 2), value => Assert.Equal(0, value));
    }

    static float[] Draw(int length)
    {
        var random = new CounterRandom(3, RandomPurpose.Synthesis);
        return [.. Enumerable.Range(0, length).Select(_ => random.NextSingle())];
    }
}
