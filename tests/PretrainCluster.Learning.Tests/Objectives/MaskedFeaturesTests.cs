using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Tests.Fixtures;

namespace PretrainCluster.Learning.Tests.Objectives;

/// <summary>The heads and losses of DINOv2's public code on MAMP's transformer give the same losses, gradients, centres and teacher (Fixtures/README.md).</summary>
public sealed class MaskedFeaturesTests
{
    static readonly SkeletonTransformer.Settings s_encoder = new() { Width = 12, Depth = 2, Heads = 2 };

    static readonly MaskedFeatures.Settings s_plan = new()
    {
        TeacherTemperature = 0.05,
        Momentum = 0.9,
        ProjectionHidden = 10,
        ProjectionWidth = 6,
        Prototypes = 7,
        MaskedWeight = 0.7,
    };

    [Theory, MemberData(nameof(Precisions.InDouble), MemberType = typeof(Precisions))]
    public void Forward_WithPublicWeightsAndNoise_LossesAndGradientsAreEqual(bool inDouble)
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture("masked-features");
        using var objective = Load(fixture, inDouble, s_plan);
        using var contrast = Load(fixture, inDouble, s_plan with { MaskedWeight = 0 });

        var loss = Forward(objective, fixture, inDouble).Loss;
        var gradients = autograd.grad([loss.Sum / loss.Count], [.. objective.Weights.Select(weight => (Tensor)weight.Parameter)]);

        Assert.Equal(2, loss.Count);
        fixture.AssertEqual("loss", (loss.Sum / loss.Count).reshape(1));
        fixture.AssertEqual("contrast", (Forward(contrast, fixture, inDouble).Loss.Sum / loss.Count).reshape(1));
        for (var i = 0; i < gradients.Count; i++)
            fixture.AssertEqual("gradient." + objective.Weights[i].Name, gradients[i]);
    }

    [Theory, MemberData(nameof(Precisions.InDouble), MemberType = typeof(Precisions))]
    public void AfterStep_WithPublicWeightsAndNoise_CentresAndTeacherAreEqual(bool inDouble)
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture("masked-features");
        using var objective = Load(fixture, inDouble, s_plan);

        objective.AfterStep(Forward(objective, fixture, inDouble).Keys);

        foreach (var (name, value) in objective.Buffers)
            fixture.AssertEqual("after." + name, value);
    }

    [Fact]
    public void ForwardWithKeys_OfTwoMicroBatches_KeysAreThoseOfTheWhole()
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture("masked-features");
        using var objective = Load(fixture, inDouble: false, s_plan);
        var (clips, noise, masked) = (fixture.Tensor("clips", inDouble: false), fixture.Tensor("noise", inDouble: false).reshape(2, 2, 2, -1), Masked(fixture));

        var apart = Enumerable.Range(0, 2).Select(clip => objective.Forward(clips.narrow(1, clip, 1), noise.narrow(1, clip, 1).reshape(4, -1), [masked[clip], masked[2 + clip]], dropout: null)).ToList();
        var (loss, keys) = Forward(objective, fixture, inDouble: false);

        Close.Equal(Close.Floats(keys), Close.Floats(cat([.. apart.Select(part => part.Keys)], 0)), 1e-5);
        Assert.Equal(loss.Sum.item<float>(), apart.Sum(part => part.Loss.Sum.item<float>()), 1e-4);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void ForwardWithKeys_NoViewOrEveryViewMasked_TheCentreOfHiddenTokensMovesOnlyWithThem(double probability)
    {
        using var scope = NewDisposeScope();
        using var objective = (MaskedFeatures)ObjectiveFactory.Create(s_plan with { MaskProbability = probability }, s_encoder, frames: 12, joints: 5, seed: 3);
        var clips = rand([2, 3, 1, 12, 5, 3]);

        var (loss, keys) = objective.ForwardWithKeys(clips, new CounterRandom(1, RandomPurpose.Objective));
        var gradient = autograd.grad([loss.Sum], [objective.Weights.Single(weight => weight.Name == "mask_token").Parameter])[0];
        objective.AfterStep(keys);

        Assert.Equal(probability > 0, objective.Buffers.Single(buffer => buffer.Name == "center2").Value.abs().sum().item<float>() > 0);
        Assert.Equal(probability > 0, gradient.abs().sum().item<float>() > 0);
        Assert.True(objective.Buffers.Single(buffer => buffer.Name == "center").Value.abs().sum().item<float>() > 0);
        // Of 15 tokens of a view 2 joints at 1 time stay visible.
        Assert.Equal(probability * 2 * 13, keys.select(1, keys.shape[1] - 1).mean().item<float>());
    }

    [Fact]
    public void Create_Teacher_BeginsAsTheStudentAndTakesNoGradient()
    {
        using var objective = (MaskedFeatures)ObjectiveFactory.Create(s_plan, s_encoder, frames: 12, joints: 5, seed: 3);
        var buffers = objective.Buffers.ToDictionary(buffer => buffer.Name, buffer => buffer.Value);

        Assert.All(objective.Weights.Where(weight => weight.Name != "mask_token"), weight => Assert.Equal(Close.Floats(weight.Parameter), Close.Floats(buffers["teacher." + weight.Name])));
        Assert.All(buffers.Values, value => Assert.False(value.requires_grad));
    }

    static MaskedFeatures Load(Fixture fixture, bool inDouble, MaskedFeatures.Settings plan)
    {
        var objective = (MaskedFeatures)ObjectiveFactory.Create(plan, s_encoder, frames: 12, joints: 5, seed: 99);
        if (inDouble)
            Precisions.ToDouble(objective);
        using var _ = no_grad();
        foreach (var (name, parameter) in objective.Weights)
            parameter.copy_(tensor(fixture.Doubles("student." + name), fixture.Shape("student." + name)));
        foreach (var (name, value) in objective.Buffers)
            value.copy_(tensor(fixture.Doubles(name), fixture.Shape(name)));
        return objective;
    }

    static (LossSum Loss, Tensor Keys) Forward(MaskedFeatures objective, Fixture fixture, bool inDouble) =>
        objective.Forward(fixture.Tensor("clips", inDouble), fixture.Tensor("noise", inDouble), Masked(fixture), dropout: null);

    static bool[] Masked(Fixture fixture) => [.. fixture.Longs("masked").Select(view => view != 0)];
}
