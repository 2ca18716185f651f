using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Tests.Evaluation;

/// <summary>Gaussian blobs in place of an encoder: class c lies around its own random centre, and training views add their own noise.</summary>
sealed class SyntheticFeatures : IFeatureSource
{
    readonly double _noise;

    public SyntheticFeatures(int classes, int clipsPerClass, double separation, double noise = 1, ulong seed = 1, int width = 12, int subjects = 4)
    {
        _noise = noise;
        Train = Blobs(classes, clipsPerClass, separation, seed, 0, width, subjects);
        Test = Blobs(classes, clipsPerClass, separation, seed, 1, width, subjects);
    }

    public SyntheticFeatures(FeatureSet train, FeatureSet test) => (Train, Test) = (train, test);

    public FeatureSet Train { get; }
    public FeatureSet Test { get; }
    public FeatureSet RawTrain => Train;
    public FeatureSet RawTest => Test;
    public ViewPlan View { get; } = new() { Frames = 16 };
    public List<ViewPlan> ViewsAskedFor { get; } = [];

    public FeatureSet TestUnder(ViewPlan view)
    {
        ViewsAskedFor.Add(view);
        return Test;
    }

    public float[] TrainingViews(ViewPlan view, IReadOnlyList<int> rows, long seed, int epoch, CancellationToken cancellation)
    {
        ViewsAskedFor.Add(view);
        var values = new float[rows.Count * Train.Width];
        for (var i = 0; i < rows.Count; i++)
        {
            var random = new CounterRandom((ulong)seed, RandomPurpose.View, (ulong)epoch, (ulong)rows[i]);
            for (var f = 0; f < Train.Width; f++)
                values[i * Train.Width + f] = Train.Row(rows[i])[f] + (float)(0.1 * _noise * random.NextGaussian());
        }
        return values;
    }

    public EvaluationInput Input(LanePool lanes, int classes, params long[] seeds) => new()
    {
        Features = this,
        Classes = classes,
        Seeds = seeds.Length == 0 ? [1, 2, 3] : seeds,
        Lanes = lanes,
    };

    static FeatureSet Blobs(int classes, int clipsPerClass, double separation, ulong seed, ulong side, int width, int subjects)
    {
        var clips = classes * clipsPerClass;
        var (values, labels, subject) = (new float[clips * width], new int[clips], new int[clips]);
        for (var clip = 0; clip < clips; clip++)
        {
            var label = clip / clipsPerClass;
            var centre = new CounterRandom(seed, RandomPurpose.Synthesis, 7, (ulong)label);
            var noise = new CounterRandom(seed, RandomPurpose.Synthesis, 8 + side, (ulong)clip);
            (labels[clip], subject[clip]) = (label, clip % subjects);
            for (var i = 0; i < width; i++)
                values[clip * width + i] = (float)(separation * centre.NextGaussian() + noise.NextGaussian());
        }
        return new(values, width, labels, subject);
    }
}
