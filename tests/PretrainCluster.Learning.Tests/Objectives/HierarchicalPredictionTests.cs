using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Tests.Fixtures;

namespace PretrainCluster.Learning.Tests.Objectives;

/// <summary>Hi-TRS's public code gives the same loss and gradients for the same persons and draws, which its own loader made (Fixtures/README.md).</summary>
public sealed class HierarchicalPredictionTests
{
    const int Frames = 20, Joints = 25;

    static readonly HiTrs.Settings s_encoder = new() { Width = 4, Heads = 2, AttentionWidth = 3, Layers = 2 };

    [Theory, MemberData(nameof(Precisions.InDouble), MemberType = typeof(Precisions))]
    public void Loss_WithPublicWeightsAndDraws_LossAndGradientsAreEqual(bool inDouble)
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture("hi-trs-pretraining");
        using var objective = Create();
        if (inDouble)
            Precisions.ToDouble(objective);
        Assert.Equal(fixture.Names.Where(name => name.StartsWith("weight.", StringComparison.Ordinal)).Order(), objective.Weights.Select(weight => "weight." + weight.Name).Order());
        using (no_grad())
        {
            foreach (var (name, parameter) in objective.Weights)
                parameter.copy_(fixture.Tensor("weight." + name, inDouble));
        }
        var choice = new HierarchicalChoice(Indices(fixture, "sources"), fixture.Tensor("tokens", inDouble), fixture.Tensor("masked", inDouble), Indices(fixture, "swapped"), fixture.Tensor("moving", inDouble), Indices(fixture, "order"));

        var loss = objective.Loss(fixture.Tensor("persons", inDouble), choice, noise: null);
        var gradients = autograd.grad([loss.Sum], [.. objective.Weights.Select(weight => (Tensor)weight.Parameter)]);

        Assert.Equal(1, loss.Count);
        fixture.AssertEqual("loss", loss.Sum.reshape(1));
        for (var i = 0; i < gradients.Count; i++)
            fixture.AssertEqual("gradient." + objective.Weights[i].Name, gradients[i]);
    }

    [Theory]
    [InlineData(20, 1)]
    [InlineData(20, 7)]
    [InlineData(33, 1)]
    [InlineData(33, 7)]
    [InlineData(64, 1)]
    [InlineData(64, 7)]
    [InlineData(100, 1)]
    [InlineData(100, 7)]
    public void Windows_OfAView_AreThoseOfThePublicLoader(int frames, int stride)
    {
        using var fixture = new Fixture("hi-trs-pretraining");

        var windows = new FrameWindows(frames, Size: 7, stride, Dilation: 2).Cut();

        Assert.Equal(fixture.Longs($"windows.{frames}.{stride}"), windows.SelectMany(window => window).Select(frame => (long)frame));
    }

    [Fact]
    public void Draw_OfManyPersons_MasksAsBertAndChangesTwo()
    {
        using var scope = NewDisposeScope();
        var (persons, windows) = (rand(60, Frames, Joints, 3), FrameWindows.Of(s_encoder, Frames));
        var random = new CounterRandom(4, RandomPurpose.Objective);

        var choice = HierarchicalChoice.Draw(persons, windows, ref random);

        var (masked, tokens, sources) = (Close.Floats(choice.Masked), Close.Floats(choice.Tokens), choice.Sources.data<long>().ToArray());
        bool[] others = [.. sources.Select((source, i) => source != i % (Frames * Joints))];
        Assert.Equal(0.15, masked.Average(), 0.01);
        Assert.Equal(0.8, tokens.Sum() / masked.Sum(), 0.02);
        Assert.Equal(0.1, others.Count(other => other) / masked.Sum(), 0.02);
        Assert.All(Enumerable.Range(0, masked.Length), i => Assert.True(masked[i] == 1 || (tokens[i] == 0 && !others[i])));
        Assert.All(Enumerable.Range(0, masked.Length).Where(i => others[i]), i => Assert.True(sources[i] / Joints != i % (Frames * Joints) / Joints && sources[i] % Joints != i % Joints));

        var swapped = choice.Swapped.data<long>().ToArray().Chunk(7).Chunk(2).ToList();
        Assert.All(swapped, pair => Assert.Equal(pair[0].Order(), pair[1].Order()));
        Assert.All(swapped, pair => Assert.Equal(2, pair[0].Zip(pair[1], (a, b) => a == b ? 0 : 1).Sum()));
        Assert.True(swapped.Select(pair => pair[0][0]).Distinct().Count() > 10);
        Assert.All(choice.Order.data<long>().ToArray().Chunk(2), order => Assert.Equal([1, 0], order));
    }

    [Fact]
    public void Draw_PersonWhoMovesOnce_GetsAWindowThatShowsIt()
    {
        using var scope = NewDisposeScope();
        var persons = zeros(2, Frames, Joints, 3);
        persons[0].narrow(0, 11, Frames - 11).fill_(1);
        persons[1].fill_(1);
        var windows = FrameWindows.Of(s_encoder, Frames);

        for (var stream = 0UL; stream < 20; stream++)
        {
            var random = new CounterRandom(4, RandomPurpose.Objective, stream);
            var choice = HierarchicalChoice.Draw(persons, windows, ref random);
            Assert.Contains(windows.Padding + 11, choice.Swapped[0][0].data<long>().ToArray());
            Assert.Equal([1f, 0f], Close.Floats(choice.Moving));
        }
    }

    [Fact]
    public void Forward_AbsentPersons_AreLeftOut()
    {
        using var scope = NewDisposeScope();
        using var objective = Create();
        var clips = rand([1, 3, 2, Frames, Joints, 3]);
        clips.select(2, 1).fill_(0);

        var alone = objective.Forward(clips.narrow(2, 0, 1), new CounterRandom(4, RandomPurpose.Objective));

        Assert.Equal(alone.Sum.item<float>(), objective.Forward(clips, new CounterRandom(4, RandomPurpose.Objective)).Sum.item<float>());
        Assert.True(float.IsFinite(objective.Forward(zeros_like(clips), new CounterRandom(4, RandomPurpose.Objective)).Sum.item<float>()));
    }

    static HierarchicalPrediction Create() => (HierarchicalPrediction)ObjectiveFactory.Create(new HierarchicalPrediction.Settings(), s_encoder, Frames, Joints, seed: 99);

    static Tensor Indices(Fixture fixture, string name) => tensor(fixture.Longs(name), fixture.Shape(name));
}
