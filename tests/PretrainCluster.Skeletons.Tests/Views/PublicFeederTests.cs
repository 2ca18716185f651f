using PretrainCluster.Artifacts.SafeTensors;
using PretrainCluster.Core.Plans;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Layouts;
using PretrainCluster.Skeletons.Tests.Datasets;
using PretrainCluster.Skeletons.Views;

namespace PretrainCluster.Skeletons.Tests.Views;

/// <summary>Views against those of MAMP's public feeder. Fixtures/make_views.py ran it to make the numbers, and wrote down which crop and angles it drew.</summary>
public sealed class PublicFeederTests
{
    const int Frames = 120, Joints = 7, Persons = 2;

    static readonly JointLayout Layout = new(
        "seven", [.. Enumerable.Range(0, Joints).Select(joint => $"joint {joint}")], [.. Enumerable.Range(1, Joints - 1).Select(joint => new Bone(joint, 0))], [], 0);

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, 8)];

    [Theory, MemberData(nameof(Cases))]
    public void Make_CropAndAnglesOfThePublicFeeder_GivesItsView(int number)
    {
        using var fixture = SafeTensorsFile.Open(Path.Combine(AppContext.BaseDirectory, "Views", "Fixtures", "mamp-views.safetensors"));
        var clip = fixture.Read<float>($"{number}/clip").ToArray();
        var crop = fixture.Read<float>($"{number}/crop");
        var angles = fixture.Read<float>($"{number}/angles");
        var expected = fixture.Read<float>($"{number}/view");
        using var folder = new TemporaryFolder();
        TestClips.Write(folder["set"], [new("clip", 0, 1, 1, -1, Persons, clip.Length / (Persons * Joints * 3), Joints, clip)], TestClips.Header(Persons, layout: Layout));
        using var dataset = SkeletonDataset.Open(folder["set"]);
        var maker = new ViewMaker(dataset, new ViewPlan { Frames = Frames });
        var view = new float[maker.Length];

        maker.Make(0, new TemporalCrop((int)crop[0], (int)crop[1]), LinearMap.Rotation(angles[0], angles[1], angles[2]), view);

        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], view[i], 2e-6 * Math.Max(1, Math.Abs(expected[i])));
        if (fixture.Read<float>($"{number}/interval").Length == 1)
        {
            Assert.Equal(new TemporalCrop((int)crop[0], (int)crop[1]), TemporalCrop.Centred(0.95, dataset.Frames(0)));
            var evaluation = new float[maker.Length];
            maker.MakeEvaluation(0, evaluation);
            Assert.Equal(view, evaluation);
        }
    }
}
