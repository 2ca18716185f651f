using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using static PretrainCluster.Learning.Tests.Objectives.ContrastSamples;

namespace PretrainCluster.Learning.Tests.Objectives;

public sealed class MomentumContrastTests
{
    const double Temperature = 0.2;

    [Fact]
    public void Forward_OfTwoViews_IsInfoNceOfThePaper()
    {
        using var scope = NewDisposeScope();
        using var objective = WithOtherKeys();
        var clips = Clips(5);

        var (loss, keys) = objective.ForwardWithKeys(clips, Random());

        Assert.Equal(5, loss.Count);
        Assert.Equal(InfoNce(objective, clips), loss.Sum.item<float>(), 1e-4);
        Close.Equal([.. Keys(objective, clips).SelectMany(row => row).Select(value => (float)value)], Close.Floats(keys), 1e-5);
        Assert.False(keys.requires_grad);
    }

    [Fact]
    public void Gradient_OfEveryHeadWeight_IsTheDifferenceQuotientOfThePaper()
    {
        using var scope = NewDisposeScope();
        using var objective = WithOtherKeys();
        var clips = Clips(3);
        string[] names = ["head.fc1.weight", "head.fc1.bias", "head.fc2.weight", "head.fc2.bias"];
        var gradients = autograd.grad([objective.Forward(clips, Random()).Sum], [.. names.Select(name => Weight(objective, name))]);

        using var frozen = no_grad();
        foreach (var (name, gradient) in names.Zip(gradients))
        {
            var weight = Weight(objective, name).view(-1);
            for (var i = 0; i < weight.shape[0]; i += 7)
            {
                const float Step = 1f / 256;
                var at = weight.narrow(0, i, 1);
                at.add_(Step);
                var above = InfoNce(objective, clips);
                at.add_(-2 * Step);
                var below = InfoNce(objective, clips);
                at.add_(Step);
                Assert.Equal((above - below) / (2 * Step), gradient.view(-1).narrow(0, i, 1).item<float>(), 5e-3);
            }
        }
    }

    [Fact]
    public void Gradient_OfTheEncoder_IsThatOfThePlainLoss()
    {
        using var scope = NewDisposeScope();
        using var objective = WithOtherKeys();
        var clips = Clips(4);
        var weights = objective.Weights.Select(weight => (Tensor)weight.Parameter).ToList();

        var queries = Project(objective.Encoder.Features(clips.select(0, 0)), Weight(objective, "head.fc1.weight"), Weight(objective, "head.fc1.bias"), Weight(objective, "head.fc2.weight"), Weight(objective, "head.fc2.bias"));
        var keys = objective.ForwardWithKeys(clips, Random()).Keys;
        var all = cat([(queries * keys).sum(1, keepdim: true), queries.matmul(Buffer(objective, "queue").t())], 1) / Temperature;
        var plain = (all.logsumexp(1) - all.select(1, 0)).sum();

        var expected = autograd.grad([plain], weights);
        var actual = autograd.grad([objective.Forward(clips, Random()).Sum], weights);
        for (var i = 0; i < weights.Count; i++)
            Close.Equal(Close.Floats(expected[i]), Close.Floats(actual[i]), 2e-5, absolute: true, objective.Weights[i].Name);
    }

    [Fact]
    public void AfterStep_MovesEveryKeyWeightAndEnqueues()
    {
        using var scope = NewDisposeScope();
        using var objective = WithOtherKeys();
        var queries = objective.Weights.ToDictionary(weight => "key." + weight.Name, weight => Close.Floats(weight.Parameter));
        var before = objective.Buffers.ToDictionary(buffer => buffer.Name, buffer => buffer.Value.dtype == ScalarType.Int64 ? [] : Close.Floats(buffer.Value));
        var keys = Direction.Of(rand(6, 6));

        objective.AfterStep(keys);

        Assert.Equal(objective.Weights.Count, queries.Count);
        foreach (var (name, query) in queries)
            Close.Equal([.. before[name].Zip(query, (old, now) => 0.9f * old + 0.1f * now)], Close.Floats(Buffer(objective, name)), 1e-6, what: name);
        Assert.Equal([.. Close.Floats(keys), .. before["queue"].Skip(36)], Close.Floats(Buffer(objective, "queue")));
        Assert.Equal(6, Buffer(objective, "queue_position").item<long>());
    }

    [Fact]
    public void Create_KeyEncoder_BeginsAsTheEncoder()
    {
        using var objective = Create<MomentumContrast>("moco");

        Assert.All(objective.Weights, weight => Assert.Equal(Close.Floats(weight.Parameter), Close.Floats(Buffer(objective, "key." + weight.Name))));
        Assert.All(objective.Buffers, buffer => Assert.False(buffer.Value.requires_grad));
    }

    /// <summary>An objective whose key encoder is no longer equal to its encoder.</summary>
    static MomentumContrast WithOtherKeys()
    {
        var objective = Create<MomentumContrast>("moco");
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, value) in objective.Buffers.Where(buffer => buffer.Name.StartsWith("key.", StringComparison.Ordinal)))
            value.mul_(0.9);
        return objective;
    }

    static Tensor Project(Tensor features, Tensor weight1, Tensor bias1, Tensor weight2, Tensor bias2) =>
        Direction.Of(nn.functional.linear(nn.functional.linear(features, weight1, bias1).relu(), weight2, bias2));

    /// <summary>Equation 1 of MoCo in double precision, summed over the clips.</summary>
    static double InfoNce(MomentumContrast objective, Tensor clips)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var queries = Head(objective, objective.Encoder.Features(clips.select(0, 0)), "head.", Weight);
        var (keys, queue) = (Keys(objective, clips), Rows.Of(Buffer(objective, "queue")));
        return keys.Select((key, clip) => Rows.CrossEntropy(
        [
            Rows.Dot(queries[clip], key) / Temperature,
            .. Enumerable.Range(0, queue.Count).Select(i => Rows.Dot(queries[clip], queue[i]) / Temperature),
        ], 0)).Sum();
    }

    static double[][] Keys(MomentumContrast objective, Tensor clips)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var encoder = new SkeletonTransformer(Encoder, Frames, Joints, seed: 1);
        foreach (var (name, parameter) in encoder.Weights)
            parameter.copy_(Buffer(objective, "key." + name));
        var keys = Head(objective, encoder.Features(clips.select(0, 1)), "key.head.", Buffer);
        return [.. Enumerable.Range(0, keys.Count).Select(clip => keys[clip])];
    }

    static Rows Head(MomentumContrast objective, Tensor features, string prefix, Func<Objective, string, Tensor> find)
    {
        return Rows.Of(features).Linear(Of("fc1.weight"), Of("fc1.bias")).Relu().Linear(Of("fc2.weight"), Of("fc2.bias")).Normalized();

        Rows Of(string name) => Rows.Of(find(objective, prefix + name));
    }
}
