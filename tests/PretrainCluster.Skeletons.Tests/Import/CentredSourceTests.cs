using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Import;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Skeletons.Tests.Import;

public sealed class CentredSourceTests
{
    const int Joints = 25, Pose = Joints * 3;

    [Fact]
    public void Read_TwoPersons_OneTranslationByTheFirstFramesRoot()
    {
        var layout = JointLayouts.KinectV2;
        var positions = new float[3 * 2 * Pose];
        for (var frame = 0; frame < 3; frame++)
            for (var i = 0; i < Pose; i++)
            {
                positions[(frame * 2 * Pose) + i] = frame + i;
                // The second person leaves after the first frame.
                positions[(((frame * 2) + 1) * Pose) + i] = frame == 0 ? 100 + i : 0;
            }
        var root = positions.AsSpan(layout.Root * 3, 3).ToArray();

        using var source = new CentredSource(new OneClip(layout, positions.ToArray()));
        var centred = Assert.IsType<ReadSample>(Assert.Single(source.Read())).Clip.Positions;

        Assert.Equal([0f, 0f, 0f], centred.AsSpan(layout.Root * 3, 3).ToArray());
        for (var i = 0; i < positions.Length; i++)
            Assert.Equal(positions[i] == 0 && i >= Pose ? 0 : positions[i] - root[i % 3], centred[i]);
        Assert.Equal("first-root", source.Facts.Preprocessing);
    }

    [Fact]
    public void Read_CentredAlready_SameBits()
    {
        using var once = new CentredSource(new OneClip(JointLayouts.KinectV2, [.. Enumerable.Range(0, 4 * Pose).Select(i => MathF.Sin(i))]));
        var clip = Assert.IsType<ReadSample>(Assert.Single(once.Read())).Clip;
        using var twice = new CentredSource(new OneClip(JointLayouts.KinectV2, clip.Positions, persons: 1));
        Assert.Equal(clip.Positions, Assert.IsType<ReadSample>(Assert.Single(twice.Read())).Clip.Positions);
    }

    sealed class OneClip(JointLayout layout, float[] positions, int persons = 2) : ISkeletonSource
    {
        public SourceFacts Facts { get; } = new("npz", layout, persons, ["one"], "none", 1, [], []);
        public IReadOnlyList<SplitRule> Splits => [];
        public IEnumerable<Sample> Read() => [new ReadSample(new Clip("clip", 0, -1, -1, -1, persons, positions.Length / persons / Pose, Joints, positions))];
        public IReadOnlyList<SourceFile> Files() => [];

        public void Dispose()
        {
        }
    }
}
