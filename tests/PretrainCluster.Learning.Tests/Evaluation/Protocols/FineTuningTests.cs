using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;
using PretrainCluster.Learning.Tests.Evaluation.Features;
using PretrainCluster.Learning.Weights;

namespace PretrainCluster.Learning.Tests.Evaluation.Protocols;

public sealed class FineTuningTests : IDisposable
{
    static readonly EvaluationPlan s_settings = new()
    {
        FineTune = new() { Epochs = 40, Batch = 12, LearningRate = 3e-3, WarmupEpochs = 2, DropPath = 0.1, Dropout = 0.1, LabelSmoothing = 0, Hidden = 32 },
        SemiSupervised = new() { Fractions = [0.1, 0.5], Repeats = 2 },
    };

    static readonly EvaluationPlan s_short = s_settings with { FineTune = s_settings.FineTune with { Epochs = 2, WarmupEpochs = 1 } };

    static readonly Dictionary<string, EncoderPlan> s_encoders = new()
    {
        ["transformer"] = new SkeletonTransformer.Settings { Width = 16, Depth = 1, Heads = 2, MlpRatio = 2 },
        ["st_gcn"] = new StGcn.Settings { Channels = 4, Width = 16, Dropout = 0.1 },
    };

    readonly SmallDataset _small = new(classes: 3, subjects: 4, repetitions: 28);

    public static TheoryData<string> Encoders => [.. s_encoders.Keys];

    [Theory, MemberData(nameof(Encoders))]
    public void FineTune_AnyLanes_SameFiguresAndTheEncoderIsLeftAlone(string kind)
    {
        using var encoder = EncoderFactory.Create(s_encoders[kind], ClipShape.Of(_small.Dataset, 16), seed: 3);
        var before = EncoderWeights.Sha256(encoder);
        var (one, two) = (Evaluate(new FineTune(), encoder, lanes: 1, s_short), Evaluate(new FineTune(), encoder, lanes: 2, s_short));
        Assert.Equal(one.Measurements[0].Right, two.Measurements[0].Right);
        Assert.Equal(before, EncoderWeights.Sha256(encoder));
        Assert.Equal(168, one.Measurements[0].Right!.Length);
    }

    [Fact]
    public void FineTune_Labels_AreLearned()
    {
        using var encoder = EncoderFactory.Create(s_encoders["transformer"], ClipShape.Of(_small.Dataset, 16), seed: 3);
        Assert.InRange(Evaluate(new FineTune(), encoder, lanes: 2, s_settings).Measurements[0].Mean, 50, 100);
    }

    [Fact]
    public void FineTune_OneClip_SaysWhatIsMissing()
    {
        using var encoder = EncoderFactory.Create(s_encoders["transformer"], ClipShape.Of(_small.Dataset, 16), seed: 3);
        var clips = new EvaluationClips(_small.Dataset, "xsub");
        var message = Assert.Throws<InputException>(() => FineTuning.Run("fine-tune", Input(encoder, new LanePool(1), s_short), clips.Train.Select([0]), 1, "", default)).Message;
        Assert.Contains("1 labelled clips", message, StringComparison.Ordinal);
    }

    [Fact]
    public void SemiSupervised_TwoParts_AFigureForEach()
    {
        using var encoder = EncoderFactory.Create(s_encoders["transformer"], ClipShape.Of(_small.Dataset, 16), seed: 3);
        var outcome = Evaluate(new SemiSupervised.Stratified(), encoder, lanes: 2, s_short);
        Assert.Equal(["10 % of the labels", "50 % of the labels"], outcome.Measurements.Select(m => m.Name));
        Assert.All(outcome.Measurements, figure => Assert.Equal([1, 2], figure.Seeds));
        Assert.Contains("10 % (18 clips), 50 % (84 clips)", outcome.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Draw_Uniform_ThatPartOfAllClips()
    {
        var (side, uniform) = (Side(37, 63, 11), new SemiSupervised.Uniform());
        var (tenth, half) = (uniform.Draw(side, 0.1, 1), uniform.Draw(side, 0.5, 1));
        Assert.Equal((11, 55), (tenth.Samples.Length, half.Samples.Length));
        Assert.Subset(half.Samples.ToHashSet(), tenth.Samples.ToHashSet());
        Assert.NotEqual(tenth.Samples, uniform.Draw(side, 0.1, 2).Samples);
        Assert.Equal(half.Samples.Order(), half.Samples);
        Assert.Contains("less than one clip", Assert.Throws<InputException>(() => uniform.Draw(side, 0.005, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Draw_Stratified_ThatPartOfEachClassAndOneAtLeast()
    {
        var part = new SemiSupervised.Stratified().Draw(Side(37, 63, 3), 0.1, 1);
        Assert.Equal([4, 6, 1], Enumerable.Range(0, 3).Select(label => part.Labels.Count(l => l == label)));
    }

    public void Dispose() => _small.Dispose();

    ProtocolOutcome Evaluate(EvaluationProtocol protocol, SkeletonEncoder encoder, int lanes, EvaluationPlan settings)
    {
        using var pool = new LanePool(lanes);
        return protocol.Evaluate(Input(encoder, pool, settings), default);
    }

    EvaluationInput Input(SkeletonEncoder encoder, LanePool lanes, EvaluationPlan settings) => new()
    {
        Features = new SyntheticFeatures(3, 2, 1),
        Labelled = new(new EvaluationClips(_small.Dataset, "xsub"), new() { Frames = 16 }, encoder.Plan) { Source = encoder },
        Classes = 3,
        Settings = settings,
        Seeds = [1],
        Lanes = lanes,
    };

    static ClipSide Side(params int[] counts)
    {
        int[] labels = [.. counts.SelectMany((count, label) => Enumerable.Repeat(label, count))];
        return new([.. labels.Select((_, i) => (long)i)], labels, [.. labels.Select(_ => -1)]);
    }
}
