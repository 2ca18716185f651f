using PretrainCluster.Learning.Encoders;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Learning.Tests.Encoders;

/// <summary>That NTU's graph is the public code's, weight by weight, the parity of the encoders shows.</summary>
public sealed class SkeletonGraphTests
{
    [Theory]
    [InlineData("kinect-v2", "spine shoulder")]
    [InlineData("kinect-v1", "spine")]
    [InlineData("utd-mhad", "spine")]
    public void Centre_OfALayout_IsTheMiddleOfItsTree(string name, string expected)
    {
        var layout = JointLayouts.Find(name);

        Assert.Equal(expected, layout.Joints[SkeletonGraph.Centre(SkeletonGraph.Hops(layout))]);
    }

    [Theory]
    [InlineData("kinect-v2")]
    [InlineData("kinect-v1")]
    public void Spatial_OfALayout_SharesEveryJointAmongItselfAndItsNeighbours(string name)
    {
        using var scope = NewDisposeScope();
        var layout = JointLayouts.Find(name);
        var joints = layout.Joints.Count;

        var whole = SkeletonGraph.Spatial(layout).sum([0]);

        Close.Equal([.. Enumerable.Repeat(1f, joints)], Close.Floats(whole.sum([0])), 1e-6);
        for (var joint = 0; joint < joints; joint++)
        {
            var bones = layout.Bones.Count(bone => bone.Child == joint || bone.Parent == joint);
            Assert.Equal(bones + 1, (whole.select(1, joint) > 0).sum().item<long>());
        }
    }

    [Fact]
    public void Hops_BetweenHandTips_AreTheBonesOnTheWay()
    {
        var layout = JointLayouts.KinectV2;
        var hops = SkeletonGraph.Hops(layout);

        Assert.Equal(12, hops[Joint("left hand tip"), Joint("right hand tip")]);
        Assert.Equal(0, hops[3, 3]);

        int Joint(string name) => layout.Joints.ToList().IndexOf(name);
    }
}
