using PretrainCluster.Learning.Optimizers;
using PretrainCluster.Learning.Tests.Fixtures;

namespace PretrainCluster.Learning.Tests.Optimizers;

/// <summary>Five steps with clipped gradients, against torch.optim (Fixtures/README.md).</summary>
public sealed class PublicOptimizerTests
{
    static readonly string[] s_names = ["embed", "fc.weight", "fc.bias"];

    [Theory]
    [InlineData("adamw")]
    [InlineData("sgd")]
    public void Step_OfClippedGradients_IsTorchs(string name)
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture(name);
        (string Name, Parameter Parameter)[] weights = [.. s_names.Select(weight => (weight, new Parameter(fixture.Tensor("start." + weight))))];
        using var optimizer = Optimizer.Create(name == "sgd" ? new Sgd.Settings { WeightDecay = 0.05 } : new Learning.Optimizers.AdamW.Settings { WeightDecay = 0.05 }, weights);

        for (var step = 0; step < fixture.Int("steps"); step++)
        {
            Tensor[] gradients = [.. s_names.Select(weight => fixture.Tensor($"gradient.{step}.{weight}"))];
            var norm = GradientNorm.Clip(gradients, fixture.Number("clip"));
            optimizer.Step(gradients, learningRate: 0.01 * (step + 1));

            Assert.Equal(fixture.Floats("norms")[step], norm, 1e-5);
            foreach (var (weight, parameter) in weights)
                Close.Equal(fixture.Floats($"after.{step}.{weight}"), Close.Floats(parameter), 2e-6, what: $"{weight} after step {step}");
        }

        Assert.Equal(fixture.Int("steps"), optimizer.Steps);
        foreach (var (state, value) in optimizer.State.Where(state => state.Name != "step"))
            Close.Equal(fixture.Floats("state." + state), Close.Floats(value), 2e-6, what: state);
    }
}
