using PretrainCluster.Artifacts.SafeTensors;
using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Optimizers;
using PretrainCluster.Learning.Weights;

namespace PretrainCluster.Learning.Tests.Optimizers;

public sealed class OptimizerTests
{
    [Theory]
    [InlineData("norm.weight", new long[] { 8 }, false)]
    [InlineData("fc1.bias", new long[] { 8 }, false)]
    [InlineData("fc1.weight", new long[] { 8, 4 }, true)]
    [InlineData("mask_token", new long[] { 1, 1, 8 }, true)]
    [InlineData("temp_embed", new long[] { 1, 5, 1, 8 }, true)]
    public void IsDecayed_OfEachKind_FollowsThePublicCode(string name, long[] shape, bool expected)
    {
        using var weight = zeros(shape);

        Assert.Equal(expected, Optimizer.IsDecayed(name, weight));
    }

    [Theory]
    [InlineData("adamw")]
    [InlineData("sgd")]
    public void Step_AfterARestore_GoesOnWithTheSameBits(string kind)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var (undisturbed, resumed) = (Weights(), Weights());
        using var first = Optimizer.Create(Settings(kind), undisturbed);
        using var second = Optimizer.Create(Settings(kind), resumed);
        first.Step([full(0.3f)], 0.1);

        var path = folder.File("optimizer.safetensors");
        NamedTensors.Write(path, NamedTensors.Snapshot([.. first.State, ("w", undisturbed[0].Parameter)]));
        using (var file = SafeTensorsFile.Open(path))
            NamedTensors.Restore(file, [.. second.State, ("w", resumed[0].Parameter)], "optimiser");
        first.Step([full(-0.7f)], 0.2);
        second.Step([full(-0.7f)], 0.2);

        Assert.Equal(2, second.Steps);
        Assert.Equal(Close.Floats(undisturbed[0].Parameter), Close.Floats(resumed[0].Parameter));

        static (string, Parameter Parameter)[] Weights() => [("w", new Parameter(ones(2, 3)))];
        static Tensor full(float value) => ones(2, 3) * value;
    }

    [Theory]
    [InlineData("adamw")]
    [InlineData("sgd")]
    public void Step_WithScales_IsThatOfEachRateOnItsOwn(string kind)
    {
        using var scope = NewDisposeScope();
        (string, Parameter Parameter)[] together = [("a", new Parameter(ones(2, 3))), ("b", new Parameter(ones(2, 3)))];
        using var scaled = Optimizer.Create(Settings(kind), together, [1, 0.25]);
        (string, Parameter Parameter)[][] apart = [[("a", new Parameter(ones(2, 3)))], [("b", new Parameter(ones(2, 3)))]];
        foreach (var gradient in new[] { 0.3, -0.7, 0.1 })
            scaled.Step([ones(2, 3) * gradient, ones(2, 3) * gradient], 0.1);

        foreach (var (weights, rate) in apart.Zip([0.1, 0.025]))
        {
            using var alone = Optimizer.Create(Settings(kind), weights);
            foreach (var gradient in new[] { 0.3, -0.7, 0.1 })
                alone.Step([ones(2, 3) * gradient], rate);
        }

        Assert.Equal(Close.Floats(apart[0][0].Parameter), Close.Floats(together[0].Parameter));
        Assert.Equal(Close.Floats(apart[1][0].Parameter), Close.Floats(together[1].Parameter));
    }

    [Fact]
    public void Restore_OfAnotherOptimiser_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        (string, Parameter)[] weights = [("w", new Parameter(ones(2, 3)))];
        using var adam = Optimizer.Create(new Learning.Optimizers.AdamW.Settings(), weights);
        using var sgd = Optimizer.Create(new Sgd.Settings(), weights);
        var path = folder.File("optimizer.safetensors");
        NamedTensors.Write(path, NamedTensors.Snapshot(sgd.State));
        using var file = SafeTensorsFile.Open(path);

        var error = Assert.Throws<InputException>(() => NamedTensors.Restore(file, adam.State, "plan's optimiser"));

        Assert.Contains("missing: exp_avg.w, exp_avg_sq.w", error.Message);
        Assert.Contains("unexpected: momentum_buffer.w", error.Message);
    }

    static OptimizerPlan Settings(string kind) => kind == "sgd" ? new Sgd.Settings() : new Learning.Optimizers.AdamW.Settings();
}
