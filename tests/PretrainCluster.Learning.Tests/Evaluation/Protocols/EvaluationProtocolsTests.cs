using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;
using PretrainCluster.Learning.Tests.Evaluation.Features;

namespace PretrainCluster.Learning.Tests.Evaluation.Protocols;

/// <summary>What holds for every protocol that is registered.</summary>
public sealed class EvaluationProtocolsTests : IDisposable
{
    static readonly ViewPlan s_view = new() { Frames = 16 };

    readonly SmallDataset _small = new(classes: 3, subjects: 4, repetitions: 3);
    readonly SkeletonTransformer _encoder = new(new SkeletonTransformer.Settings { Width = 16, Depth = 1, Heads = 2 }, 16, SmallDataset.Joints, seed: 5);

    public static TheoryData<string> Every => [.. Methods.BuiltIn.Of(typeof(ProtocolPlan)).Select(kind => kind.Name)];

    public void Dispose()
    {
        _encoder.Dispose();
        _small.Dispose();
    }

    [Theory, MemberData(nameof(Every))]
    public void Evaluate_AnyLanes_SameFigures(string name)
    {
        if (name == "one-shot/ntu-120")
        {
            // Its clips are those of one dataset, which OneShotNtu120Tests has.
            Assert.Contains(name, Assert.Throws<InputException>(() => Evaluate(name, lanes: 1)).Message, StringComparison.Ordinal);
            return;
        }
        var (one, three) = (Evaluate(name, lanes: 1), Evaluate(name, lanes: 3));
        Assert.Equal(name, one.Protocol);
        Assert.NotEmpty(one.Description);
        Assert.NotEmpty(one.Measurements);
        Assert.All(one.Measurements, figure => Assert.All(figure.Values, value => Assert.InRange(value, -100, 100)));
        Assert.Equal(one.Measurements.SelectMany(figure => figure.Values), three.Measurements.SelectMany(figure => figure.Values));
        Assert.Equal((one.Description, one.Settings, one.Confusion?.SelectMany(row => row)), (three.Description, three.Settings, three.Confusion?.SelectMany(row => row)), (first, second) =>
            first.Description == second.Description && first.Settings == second.Settings && (first.Item3 ?? []).SequenceEqual(second.Item3 ?? []));
    }

    [Fact]
    public void Find_Unknown_NamesWhatThereIs()
        => Assert.Contains("linear/mamp-2023", Assert.Throws<InputException>(() => EvaluationProtocol.Find(Methods.BuiltIn, "lineer")).Message, StringComparison.Ordinal);

    EvaluationResult Evaluate(string name, int lanes)
    {
        using var pool = new LanePool(lanes);
        var settings = new EvaluationPlan
        {
            FewShot = new() { Shots = [1, 2], Draws = 5 },
            FineTune = new() { Epochs = 2, WarmupEpochs = 1, Batch = 8, Hidden = 16 },
            SemiSupervised = new() { Fractions = [0.5], Repeats = 2 },
            Supervised = new() { Epochs = 2 },
        };
        return new EncoderEvaluation(_encoder, EncoderEvaluation.Pretrained, null, new EvaluationClips(_small.Dataset, "xsub"), s_view, pool, TimeProvider.System) { Settings = settings }
            .Run(EvaluationProtocol.Find(Methods.BuiltIn, name), [1, 2], [0, 2]);
    }
}
