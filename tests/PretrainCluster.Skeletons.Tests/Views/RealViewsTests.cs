using System.Numerics.Tensors;
using PretrainCluster.Core.Plans;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Import;
using PretrainCluster.Skeletons.Layouts;
using PretrainCluster.Skeletons.Views;

namespace PretrainCluster.Skeletons.Tests.Views;

public sealed class RealViewsTests
{
    /// <summary>numpy and torch's interpolate, taking the same steps from the same file, name 354 of the 430 test clips right.</summary>
    [ResearchDataFact("utd-mhad/UTD_XSub.npz")]
    public void MakeEvaluation_UtdMhad_NearestNeighboursNameAsManyAsInNumpy()
    {
        using var folder = new TemporaryFolder();
        using (var source = new NpzSource(ResearchData.UtdMhad, JointLayouts.UtdMhad, null))
            new DatasetImport(source, new ImportOptions()).Run(folder["utd"]);
        using var dataset = SkeletonDataset.Open(folder["utd"]);
        var split = dataset.Split("xsub");
        var maker = new ViewMaker(dataset, new ViewPlan { Frames = 64 });
        var gallery = split.Train.Select(sample => (Label: dataset.Label(sample), View: Centred(maker, sample))).ToArray();

        var right = split.Test.Count(sample =>
        {
            var query = Centred(maker, sample);
            return gallery.MinBy(clip => TensorPrimitives.Distance<float>(clip.View, query)).Label == dataset.Label(sample);
        });

        Assert.Equal((431, 430), (split.Train.Count, split.Test.Count));
        Assert.InRange(right, 352, 356);
    }

    static float[] Centred(ViewMaker maker, long sample)
    {
        var view = new float[maker.Length];
        maker.MakeEvaluation(sample, view);
        for (var frame = 0; frame < view.Length; frame += 60)
        {
            var root = view.AsSpan(frame + JointLayouts.UtdMhad.Root * 3, 3).ToArray();
            for (var i = 0; i < 60; i++)
                view[frame + i] -= root[i % 3];
        }
        return view;
    }
}
