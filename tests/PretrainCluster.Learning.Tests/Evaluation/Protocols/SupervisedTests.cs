using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;
using PretrainCluster.Learning.Tests.Evaluation.Features;

namespace PretrainCluster.Learning.Tests.Evaluation.Protocols;

public sealed class SupervisedTests : IDisposable
{
    static readonly Dictionary<string, EncoderPlan> s_encoders = new()
    {
        ["transformer"] = new SkeletonTransformer.Settings { Width = 16, Depth = 1, Heads = 2, MlpRatio = 2, Dropout = 0.1 },
        ["st_gcn"] = new StGcn.Settings { Channels = 4, Width = 16, Dropout = 0.1 },
    };

    readonly SmallDataset _small = new(classes: 3, subjects: 4, repetitions: 28);

    public static TheoryData<string> Encoders => [.. s_encoders.Keys];

    [Theory, MemberData(nameof(Encoders))]
    public void Evaluate_AnyLanes_GivesTheSameFigures(string kind)
    {
        var settings = new EvaluationPlan { Supervised = new() { Epochs = 6 } };
        var (one, two) = (Evaluate(s_encoders[kind], lanes: 1, settings), Evaluate(s_encoders[kind], lanes: 2, settings));
        Assert.Equal(one.Measurements[0].Values, two.Measurements[0].Values);
        Assert.Equal(one.Confusion, two.Confusion);
    }

    [Theory, MemberData(nameof(Encoders))]
    public void Evaluate_Labels_AreLearned(string kind)
    {
        var outcome = Evaluate(s_encoders[kind], lanes: 2, new() { Supervised = new() { Epochs = 25 } });
        Assert.InRange(outcome.Measurements[0].Mean, 80, 100);
        Assert.Contains("last epoch", outcome.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_FewerEpochs_KeepTheWarmUpsPlaceAndAreNamed()
    {
        var settings = new EvaluationPlan { Supervised = new() { Epochs = 10 } };
        Assert.Contains(", 0.5 epochs of warm-up, cosine to 0, 10 epochs,", Evaluate(s_encoders["st_gcn"], lanes: 1, settings).Description, StringComparison.Ordinal);
        Assert.Equal("epochs 10", new Supervised().Settings(settings));
        Assert.Null(new Supervised().Settings(new()));
    }

    ProtocolOutcome Evaluate(EncoderPlan encoder, int lanes, EvaluationPlan? settings = null)
    {
        using var pool = new LanePool(lanes);
        var clips = new EvaluationClips(_small.Dataset, "xsub");
        var view = new ViewPlan { Frames = 16, Crop = new() { Min = 0.8 } };
        return new Supervised().Evaluate(new EvaluationInput
        {
            Features = new SyntheticFeatures(3, 2, 1),
            Labelled = new LabelledTraining(clips, view, encoder),
            Classes = clips.Classes,
            Settings = settings ?? new(),
            Seeds = [1],
            Lanes = pool,
        }, default);
    }

    public void Dispose() => _small.Dispose();
}
