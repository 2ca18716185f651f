using PretrainCluster.Core;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Skeletons.Tests.Layouts;

public class JointLayoutTests
{
    public static TheoryData<string, int, int, int> BuiltIn => new()
    {
        { "kinect-v1", 20, 8, 0 }, { "kinect-v2", 25, 10, 1 }, { "utd-mhad", 20, 8, 3 }, { "coco-17", 17, 8, 0 }, { "openpose-18", 18, 8, 1 },
    };

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void Find_BuiltInName_HasItsJointsPairsAndRoot(string name, int joints, int pairs, int root)
    {
        var layout = JointLayouts.Find(name);

        Assert.Equal((joints, joints - 1, pairs, root), (layout.Joints.Count, layout.Bones.Count, layout.Pairs.Count, layout.Root));
    }

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void Pairs_BuiltIn_MirrorJointsOfTheSameName(string name, int joints, int pairs, int root)
    {
        var layout = JointLayouts.Find(name);

        Assert.All(layout.Pairs, pair => Assert.Equal(layout.Joints[pair.Left].Replace("left", "right"), layout.Joints[pair.Right]));
        Assert.Equal(pairs, layout.Pairs.Count);
        Assert.Equal(joints - (2 * pairs), layout.Joints.Count(joint => !joint.StartsWith("left") && !joint.StartsWith("right")));
        Assert.Equal(root, layout.Root);
    }

    [Fact]
    public void Pairs_KinectV2_MirrorAsPublishedWithAimClr()
    {
        var mirrored = Enumerable.Range(0, 25).ToArray();
        foreach (var (left, right) in JointLayouts.KinectV2.Pairs)
            (mirrored[left], mirrored[right]) = (right, left);
        Assert.Equal([0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 16, 17, 18, 19, 12, 13, 14, 15, 20, 23, 24, 21, 22], mirrored);
    }

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void BonesFromRoot_BuiltIn_ReachesEveryJointAfterItsParent(string name, int joints, int pairs, int root)
    {
        var reached = new HashSet<int> { root };
        foreach (var bone in JointLayouts.Find(name).BonesFromRoot())
        {
            Assert.Contains(bone.Parent, reached);
            Assert.True(reached.Add(bone.Child));
        }

        Assert.Equal(joints, reached.Count);
        Assert.True(pairs > 0);
    }

    [Fact]
    public void Parse_NamesAndIndices_MeanTheSameJoint()
    {
        var layout = JointLayoutFile.Parse(
            """{"name":"arm","joints":["chest","left hand","right hand"],"bones":[["left hand","chest"],[2,0]],"pairs":[[1,"right hand"]],"root":"chest"}"""u8.ToArray(),
            "arm.json");

        Assert.Equal([new Bone(1, 0), new Bone(2, 0)], layout.Bones);
        Assert.Equal([new JointPair(1, 2)], layout.Pairs);
    }

    [Theory]
    [InlineData("""{"name":"x","joints":["a","b"],"bones":[[2,0]],"pairs":[],"root":0}""", "bones join two different joints")]
    [InlineData("""{"name":"x","joints":["a","b"],"bones":[],"pairs":[],"root":0}""", "a tree over 2 joints has 1")]
    [InlineData("""{"name":"x","joints":["a","b","c"],"bones":[[1,0],[1,2]],"pairs":[],"root":0}""", "two parents")]
    [InlineData("""{"name":"x","joints":["a","b","c","d"],"bones":[[0,1],[1,2],[2,0]],"pairs":[],"root":0}""", "do not connect")]
    [InlineData("""{"name":"x","joints":["a","b","c"],"bones":[[1,0],[2,0]],"pairs":[[1,2],[2,0]],"root":0}""", "two pairs")]
    [InlineData("""{"name":"x","joints":["a","b"],"bones":[[1,0]],"pairs":[[0,7]],"root":0}""", "its joints are 0 to 1")]
    [InlineData("""{"name":"x","joints":["a","b"],"bones":[[1,0]],"pairs":[],"root":2}""", "has root 2")]
    [InlineData("""{"name":"x","joints":["a","a"],"bones":[[1,0]],"pairs":[],"root":0}""", "two of one name")]
    [InlineData("""{"name":"x","joints":["a","b"],"bones":[[1]],"pairs":[],"root":0}""", "does not have two joints")]
    [InlineData("""{"name":"x","joints":["a","b"],"bones":[["z",0]],"pairs":[],"root":0}""", "no joint 'z'")]
    [InlineData("""{"name":"x","joints":["a","b"],"pairs":[],"root":0}""", "'bones' is missing")]
    [InlineData("""{"name":"x","joints":"ab","bones":[],"pairs":[],"root":0}""", "not a joint layout")]
    [InlineData("""{"name":"x",""", "not a joint layout")]
    [InlineData("[]", "not a joint layout")]
    public void Parse_BadLayout_NamesTheFileAndTheReason(string json, string reason)
    {
        var problem = Assert.Throws<InputException>(() => JointLayoutFile.Parse(System.Text.Encoding.UTF8.GetBytes(json), "layout.json"));

        Assert.StartsWith("layout.json", problem.Message);
        Assert.Contains(reason, problem.Message);
    }

    [Fact]
    public void Find_UnknownName_ListsTheBuiltInOnes() =>
        Assert.Contains("kinect-v1, kinect-v2, utd-mhad", Assert.Throws<InputException>(() => JointLayouts.Find("kinect-v9")).Message);
}
