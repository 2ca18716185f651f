using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Tests.Fixtures;
using PretrainCluster.Learning.Weights;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Learning.Tests.Encoders;

/// <summary>Public weights, loaded under their public names, give what the public code gives for the same clips (Fixtures/README.md).</summary>
public sealed class PublicEncoderParityTests
{
    static readonly Dictionary<string, EncoderPlan> s_plans = new()
    {
        ["st-gcn"] = new StGcn.Settings { Channels = 4, Width = 20 },
        ["bigru"] = new BiGru.Settings { Layers = 2, Hidden = 10 },
        ["bigru-input-norm"] = new BiGru.Settings { Layers = 3, Hidden = 6, InputNorm = true },
        ["hcn"] = new Hcn.Settings { Channels = 4 },
        ["a-gcn"] = new AGcn.Settings { Channels = 4 },
        ["hi-trs"] = new HiTrs.Settings { Width = 4, Heads = 2, AttentionWidth = 3, Layers = 2 },
    };

    public static TheoryData<string> Names => [.. s_plans.Keys];

    /// <summary>Every encoder in every precision that the engine can bring its weights to.</summary>
    public static TheoryData<string, bool> Cases => Precisions.With(s_plans.Keys);

    [Theory, MemberData(nameof(Cases))]
    public void Features_EvaluationPass_AreEqual(string name, bool inDouble)
    {
        var type = inDouble ? ScalarType.Float64 : ScalarType.Float32;
        using var scope = NewDisposeScope();
        using var fixture = new Fixture(name);
        using var encoder = Load(name, fixture, type);

        fixture.AssertEqual("evaluated", encoder.Features(Clips(fixture, type)));
    }

    [Theory, MemberData(nameof(Cases))]
    public void Features_TrainingPass_ValuesAndGradientsAreEqual(string name, bool inDouble)
    {
        var type = inDouble ? ScalarType.Float64 : ScalarType.Float32;
        using var scope = NewDisposeScope();
        using var fixture = new Fixture(name);
        using var encoder = Load(name, fixture, type);

        var features = encoder.Features(Clips(fixture, type), new TrainingPass(new CounterRandom(1, RandomPurpose.Objective)));
        var direction = tensor(fixture.Doubles("direction"), fixture.Shape("direction")).to(type);
        var gradients = autograd.grad([(features * direction).sum()], [.. encoder.Weights.Select(weight => (Tensor)weight.Parameter)]);

        fixture.AssertEqual("trained", features);
        for (var i = 0; i < gradients.Count; i++)
            fixture.AssertEqual("gradient." + encoder.Weights[i].Name, gradients[i]);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Track_AfterATrainingPass_RunningStatisticsAreEqual(string name, bool inDouble)
    {
        var type = inDouble ? ScalarType.Float64 : ScalarType.Float32;
        using var scope = NewDisposeScope();
        using var fixture = new Fixture(name);
        using var encoder = Load(name, fixture, type);
        var left = new List<Tensor>();

        encoder.Features(Clips(fixture, type), new TrainingPass(new CounterRandom(1, RandomPurpose.Objective), left));
        if (encoder.Buffers.Count > 0)
            encoder.Track(cat([.. left], 0));

        Assert.Equal(encoder.StatisticsLength, left.Sum(part => part.numel()));
        Assert.Equal(fixture.Names.Where(key => key.StartsWith("after.", StringComparison.Ordinal)).Order(), encoder.Buffers.Select(buffer => "after." + buffer.Name).Order());
        foreach (var (buffer, value) in encoder.Buffers)
        {
            if (buffer.EndsWith("num_batches_tracked", StringComparison.Ordinal))
                Assert.Equal(fixture.Longs("after." + buffer)[0], value.item<long>());
            else
                fixture.AssertEqual("after." + buffer, value);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Features_OfFewClips_ChangeNoWeightAndNoStatistic(string name)
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture(name);
        using var encoder = Load(name, fixture, ScalarType.Float32);
        var before = EncoderWeights.Sha256(encoder);

        encoder.Features(Clips(fixture, ScalarType.Float32), new TrainingPass(new CounterRandom(1, RandomPurpose.Objective)));

        Assert.Equal(before, EncoderWeights.Sha256(encoder));
    }

    static SkeletonEncoder Load(string name, Fixture fixture, ScalarType type)
    {
        var shape = fixture.Shape("clips");
        var clip = new ClipShape((int)shape[1], (int)shape[2], (int)shape[3], JointLayouts.KinectV2);
        var encoder = EncoderFactory.Create(s_plans[name], clip, seed: 99);
        if (type == ScalarType.Float64)
            Precisions.ToDouble(encoder);
        using var weights = new Fixture(name + ".weights");
        (string Name, Tensor Value)[] tensors = [.. encoder.Weights.Select(weight => (weight.Name, (Tensor)weight.Parameter)), .. encoder.Buffers];
        Assert.Equal(weights.Names.Where(key => !encoder.IsBeside(key)).Order(), tensors.Select(tensor => tensor.Name).Order());
        using var _ = no_grad();
        foreach (var (key, value) in tensors)
        {
            Assert.Equal(weights.Shape(key), value.shape);
            value.copy_(value.dtype == ScalarType.Int64 ? tensor(weights.Longs(key), value.shape) : tensor(weights.Doubles(key), value.shape));
        }
        return encoder;
    }

    static Tensor Clips(Fixture fixture, ScalarType type) => tensor(fixture.Doubles("clips"), fixture.Shape("clips")).to(type);
}
