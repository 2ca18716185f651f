using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Tests.Fixtures;

namespace PretrainCluster.Learning.Tests.Objectives;

/// <summary>
/// The same weights, clips and noise give what the public MAMP code gives in double precision (Fixtures/README.md). SkeletonMAE has no public code: its reference is that code's masked
/// autoencoder with the paper's masks.
/// </summary>
public sealed class PublicParityTests
{
    public static TheoryData<string, bool> Cases => Precisions.With(["masked-motion-normalized", "masked-motion-plain", "masked-coordinates-normalized", "masked-coordinates-plain", "skeleton-mae"]);

    [Theory, MemberData(nameof(Cases))]
    public void Features_WithPublicWeights_AreEqual(string name, bool inDouble)
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture(name);
        using var objective = Fixture.Model(name, inDouble);
        using var _ = no_grad();
        var clips = fixture.Tensor("clips", inDouble);

        var tokens = objective.Encoder.forward(clips);

        Assert.Equal(fixture.Shape("tokens"), tokens.shape);
        Close.Within(fixture.Doubles("tokens"), tokens, Tolerance(inDouble), "tokens");
        Close.Within(fixture.Doubles("features"), objective.Encoder.Features(clips), Tolerance(inDouble), "features");
    }

    [Theory, MemberData(nameof(Cases))]
    public void Pass_WithPublicNoise_MasksPredictsAndAimsEqually(string name, bool inDouble)
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture(name);
        using var objective = Fixture.Model(name, inDouble);
        using var _ = no_grad();

        var pass = objective.Pass(fixture.Tensor("clips", inDouble), fixture.Tensor("noise", inDouble), dropout: null);

        var (samples, tokens) = (fixture.Shape("mask")[0], fixture.Shape("mask")[1]);
        var masked = PublicMask.Masked(fixture.Floats("mask"), samples, tokens);
        Assert.Equal(PublicMask.Kept(fixture.Longs("ids_restore"), samples, tokens, pass.Mask.Kept.shape[1]), pass.Mask.Kept.data<long>().ToArray());
        Assert.Equal(masked, PublicMask.Sorted(pass.Mask.Masked.data<long>().ToArray(), samples));
        Close.Within(fixture.Doubles("latent"), pass.Latent, Tolerance(inDouble), "latent");
        var order = pass.Mask.Masked.data<long>().ToArray();
        Close.Within(PublicMask.Take(fixture.Doubles("prediction"), order, samples, tokens), pass.Prediction, Tolerance(inDouble), "prediction");
        Close.Within(PublicMask.Take(fixture.Doubles("target"), order, samples, tokens), pass.Target, Tolerance(inDouble), "target");
    }

    [Theory, MemberData(nameof(Cases))]
    public void Loss_WithPublicNoise_IsEqual(string name, bool inDouble)
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture(name);
        using var objective = Fixture.Model(name, inDouble);

        var loss = Loss(objective, fixture, inDouble);

        Assert.Equal(fixture.Floats("mask").Sum(), loss.Count);
        Close.Within(fixture.Doubles("loss"), loss.Sum / loss.Count, Tolerance(inDouble), "loss");
    }

    [Theory, MemberData(nameof(Cases))]
    public void Gradients_OfEveryParameter_AreEqual(string name, bool inDouble)
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture(name);
        using var objective = Fixture.Model(name, inDouble);

        var loss = Loss(objective, fixture, inDouble);
        var gradients = autograd.grad([loss.Sum / loss.Count], [.. objective.Weights.Select(weight => (Tensor)weight.Parameter)]);

        for (var i = 0; i < gradients.Count; i++)
        {
            var weight = objective.Weights[i].Name;
            var (expected, actual) = (fixture.Doubles("gradient." + weight), gradients[i]);
            if (weight.EndsWith("qkv.bias", StringComparison.Ordinal))
            {
                // Adding a constant to all keys changes no softmax, so their bias's gradient is rounding alone.
                var width = expected.Length / 3;
                Assert.All(expected[width..(2 * width)], entry => Assert.InRange(Math.Abs(entry), 0, 1e-12));
                Assert.InRange(actual.narrow(0, width, width).abs().max().to(ScalarType.Float64).item<double>(), 0, inDouble ? 1e-12 : 1e-6);
                Array.Clear(expected, width, width);
                actual = cat([actual.narrow(0, 0, width), zeros_like(actual.narrow(0, 0, width)), actual.narrow(0, 2 * width, width)]);
            }
            Close.Within(expected, actual, inDouble ? 1e-8 : 1e-4, weight);
        }
    }

    static LossSum Loss(MaskedAutoencoder objective, Fixture fixture, bool inDouble) =>
        MaskedAutoencoder.Loss(objective.Pass(fixture.Tensor("clips", inDouble), fixture.Tensor("noise", inDouble), dropout: null));

    static double Tolerance(bool inDouble) => inDouble ? 1e-8 : 1e-5;
}
