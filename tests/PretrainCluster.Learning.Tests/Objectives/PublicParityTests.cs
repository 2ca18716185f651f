using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Tests.Fixtures;

namespace PretrainCluster.Learning.Tests.Objectives;

/// <summary>The same weights, clips and noise give what the public MAMP code gives (Fixtures/README.md).</summary>
public sealed class PublicParityTests
{
    public static TheoryData<string> Cases => ["masked-motion-normalized", "masked-motion-plain", "masked-coordinates-normalized", "masked-coordinates-plain"];

    [Theory, MemberData(nameof(Cases))]
    public void Features_WithPublicWeights_AreEqual(string name)
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture(name);
        using var objective = Fixture.Model(name);
        using var _ = no_grad();
        var clips = fixture.Tensor("clips");

        var tokens = objective.Encoder.forward(clips);

        Assert.Equal(fixture.Shape("tokens"), tokens.shape);
        Close.Equal(fixture.Floats("tokens"), Close.Floats(tokens), 1e-5, absolute: true);
        Close.Equal(fixture.Floats("features"), Close.Floats(objective.Encoder.Features(clips)), 1e-5, absolute: true);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Pass_WithPublicNoise_MasksPredictsAndAimsEqually(string name)
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture(name);
        using var objective = Fixture.Model(name);
        using var _ = no_grad();

        var pass = objective.Pass(fixture.Tensor("clips"), fixture.Tensor("noise"), dropout: null);

        var (samples, tokens) = (fixture.Shape("mask")[0], fixture.Shape("mask")[1]);
        var masked = PublicMask.Masked(fixture.Floats("mask"), samples, tokens);
        Assert.Equal(PublicMask.Kept(fixture.Longs("ids_restore"), samples, tokens, pass.Mask.Kept.shape[1]), pass.Mask.Kept.data<long>().ToArray());
        Assert.Equal(masked, PublicMask.Sorted(pass.Mask.Masked.data<long>().ToArray(), samples));
        Close.Equal(fixture.Floats("latent"), Close.Floats(pass.Latent), 1e-5);
        var order = pass.Mask.Masked.data<long>().ToArray();
        Close.Equal(PublicMask.Take(fixture.Floats("prediction"), order, samples, tokens), Close.Floats(pass.Prediction), 1e-5);
        Close.Equal(PublicMask.Take(fixture.Floats("target"), order, samples, tokens), Close.Floats(pass.Target), 1e-5);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Loss_WithPublicNoise_IsEqual(string name)
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture(name);
        using var objective = Fixture.Model(name);

        var loss = MaskedAutoencoder.Loss(objective.Pass(fixture.Tensor("clips"), fixture.Tensor("noise"), dropout: null));

        Assert.Equal(fixture.Floats("mask").Sum(), loss.Count);
        Assert.Equal(1, loss.Sum.item<float>() / loss.Count / fixture.Floats("loss")[0], 1e-5);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Gradients_OfEveryParameter_AreEqual(string name)
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture(name);
        using var objective = Fixture.Model(name);

        var loss = MaskedAutoencoder.Loss(objective.Pass(fixture.Tensor("clips"), fixture.Tensor("noise"), dropout: null));
        var gradients = autograd.grad([loss.Sum / loss.Count], [.. objective.Weights.Select(weight => (Tensor)weight.Parameter)]);

        for (var i = 0; i < gradients.Count; i++)
        {
            var weight = objective.Weights[i].Name;
            var (expected, actual) = (fixture.Floats("gradient." + weight), Close.Floats(gradients[i]));
            if (weight.EndsWith("qkv.bias", StringComparison.Ordinal))
            {
                // Adding a constant to all keys changes no softmax, so their bias's gradient is rounding alone.
                var width = expected.Length / 3;
                Close.Equal(expected[width..(2 * width)], actual[width..(2 * width)], 1e-6, absolute: true, what: weight + " (keys)");
                Array.Clear(expected, width, width);
                Array.Clear(actual, width, width);
            }
            Close.Equal(expected, actual, 1e-4, what: weight);
        }
    }
}
