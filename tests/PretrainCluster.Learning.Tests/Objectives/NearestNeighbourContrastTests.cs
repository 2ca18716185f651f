using PretrainCluster.Learning.Objectives;
using static PretrainCluster.Learning.Tests.Objectives.ContrastSamples;

namespace PretrainCluster.Learning.Tests.Objectives;

public sealed class NearestNeighbourContrastTests
{
    const double Temperature = 0.1;

    [Fact]
    public void Loss_OfABatch_IsAlgorithm1OfThePaper()
    {
        using var scope = NewDisposeScope();
        using var objective = Create<NearestNeighbourContrast>("nnclr");
        var embeddings = Embeddings(7);

        var loss = objective.Loss(embeddings).Loss;

        Assert.Equal(7, loss.Count);
        Assert.Equal(Algorithm1(objective, embeddings), loss.Sum.item<float>(), 1e-4);
    }

    [Fact]
    public void Gradient_ByHeadAndEmbeddings_IsTheDifferenceQuotientOfThePaper()
    {
        using var scope = NewDisposeScope();
        using var objective = Create<NearestNeighbourContrast>("nnclr");
        var embeddings = Embeddings(6).requires_grad_(true);
        (string Name, Tensor Value)[] inputs = [("embeddings", embeddings), .. objective.Head.Select(weight => (weight.Name, (Tensor)weight.Parameter))];
        var gradients = autograd.grad([objective.Loss(embeddings).Loss.Sum], [.. inputs.Select(input => input.Value)]);

        using var frozen = no_grad();
        foreach (var ((name, value), gradient) in inputs.Zip(gradients))
        {
            var flat = value.detach().view(-1);
            for (var i = 0; i < flat.shape[0]; i += 11)
            {
                const float Step = 1f / 4096;
                var at = flat.narrow(0, i, 1);
                at.add_(Step);
                var above = Algorithm1(objective, embeddings);
                at.add_(-2 * Step);
                var below = Algorithm1(objective, embeddings);
                at.add_(Step);
                var quotient = (above - below) / (2 * Step);
                Assert.True(Math.Abs(quotient - gradient.view(-1).narrow(0, i, 1).item<float>()) < 0.02 * Math.Max(1, Math.Abs(quotient)), $"{name}[{i}]: {quotient} and {gradient.view(-1).narrow(0, i, 1).item<float>()}");
            }
        }
    }

    [Fact]
    public void Loss_ChangesNothing_AfterUpdateTracksAndEnqueues()
    {
        using var scope = NewDisposeScope();
        using var objective = Create<NearestNeighbourContrast>("nnclr");
        var embeddings = Embeddings(5);
        var before = Snapshot(objective);

        var loss = objective.Loss(embeddings);
        Assert.Equal(before, Snapshot(objective));
        loss.AfterUpdate();

        var first = Rows.Of(embeddings.select(1, 0)).Linear(Head(objective, "projector.fc1.weight"), Head(objective, "projector.fc1.bias"));
        var second = Rows.Of(embeddings.select(1, 1)).Linear(Head(objective, "projector.fc1.weight"), Head(objective, "projector.fc1.bias"));
        Close.Equal([.. Enumerable.Range(0, 10).Select(i => (float)(0.9 * (0.1 * first.Mean(i)) + 0.1 * second.Mean(i)))], Close.Floats(Buffer(objective, "head.projector.bn1.running_mean")), 1e-5);
        Close.Equal([.. Enumerable.Range(0, 10).Select(i => (float)(0.9 * (0.9 + 0.1 * first.UnbiasedVariance(i)) + 0.1 * second.UnbiasedVariance(i)))], Close.Floats(Buffer(objective, "head.projector.bn1.running_var")), 1e-5);
        Assert.Equal(2, Buffer(objective, "head.predictor.bn1.num_batches_tracked").item<long>());

        var newest = Projector(objective, Rows.Of(embeddings.select(1, 0))).Normalized();
        Close.Equal([.. Enumerable.Range(0, 5).SelectMany(row => newest[row]).Select(value => (float)value)], Close.Floats(Buffer(objective, "queue").narrow(0, 0, 5)), 1e-5);
        Assert.Equal(5, Buffer(objective, "queue_position").item<long>());
    }

    [Fact]
    public void Embed_OfTwoViews_IsEachClipsOwnFeature()
    {
        using var scope = NewDisposeScope();
        using var objective = Create<NearestNeighbourContrast>("nnclr");
        var clips = Clips(3);

        var embeddings = objective.Embed(clips, Random());

        Assert.Equal([3, 2, Encoder.Width], embeddings.shape);
        for (var view = 0; view < 2; view++)
            Close.Equal(Close.Floats(objective.Encoder.Features(clips.select(0, view))), Close.Floats(embeddings.select(1, view)), 1e-5);
    }

    [Fact]
    public void Loss_InAnEvaluationPass_UsesRunningStatistics()
    {
        using var scope = NewDisposeScope();
        using var objective = Create<NearestNeighbourContrast>("nnclr");
        var embeddings = Embeddings(4);
        objective.eval();

        var before = objective.Loss(embeddings).Loss.Sum.item<float>();
        using (no_grad())
            Buffer(objective, "head.projector.bn3.running_mean").add_(0.3);

        Assert.NotEqual(before, objective.Loss(embeddings).Loss.Sum.item<float>());
    }

    static Tensor Embeddings(int clips)
    {
        using var scope = NewDisposeScope();
        var values = Clips(clips).view(-1).narrow(0, 0, clips * 2 * Encoder.Width);
        return ((values - 0.5) * 3).reshape(clips, 2, Encoder.Width).MoveToOuterDisposeScope();
    }

    static float[] Snapshot(Objective objective) => [.. objective.Buffers.SelectMany(buffer => Close.Floats(buffer.Value.to(ScalarType.Float32)))];

    static Rows Head(NearestNeighbourContrast objective, string name) => Rows.Of(Weight(objective, "head." + name));

    static Rows Projector(NearestNeighbourContrast objective, Rows x)
    {
        x = x.Linear(Head(objective, "projector.fc1.weight"), Head(objective, "projector.fc1.bias")).BatchNorm(Head(objective, "projector.bn1.weight"), Head(objective, "projector.bn1.bias")).Relu();
        x = x.Linear(Head(objective, "projector.fc2.weight"), Head(objective, "projector.fc2.bias")).BatchNorm(Head(objective, "projector.bn2.weight"), Head(objective, "projector.bn2.bias")).Relu();
        return x.Linear(Head(objective, "projector.fc3.weight"), Head(objective, "projector.fc3.bias")).BatchNorm(Head(objective, "projector.bn3.weight"), Head(objective, "projector.bn3.bias"));
    }

    static Rows Predictor(NearestNeighbourContrast objective, Rows x)
    {
        x = x.Linear(Head(objective, "predictor.fc1.weight"), Head(objective, "predictor.fc1.bias")).BatchNorm(Head(objective, "predictor.bn1.weight"), Head(objective, "predictor.bn1.bias")).Relu();
        return x.Linear(Head(objective, "predictor.fc2.weight"), Head(objective, "predictor.fc2.bias"));
    }

    /// <summary>The paper's pseudocode in double precision; the loss summed over the clips.</summary>
    static double Algorithm1(NearestNeighbourContrast objective, Tensor embeddings)
    {
        using var scope = NewDisposeScope();
        var support = Rows.Of(Buffer(objective, "queue"));
        var (z1, z2) = (Projector(objective, Rows.Of(embeddings.select(1, 0))), Projector(objective, Rows.Of(embeddings.select(1, 1))));
        var (p1, p2) = (Predictor(objective, z1).Normalized(), Predictor(objective, z2).Normalized());
        return (Contrast(z1.Normalized(), p2) + Contrast(z2.Normalized(), p1)) / 2;

        double Contrast(Rows z, Rows p) => Enumerable.Range(0, z.Count)
            .Sum(i => support.Nearest(z[i]) is var neighbour ? Rows.CrossEntropy([.. Enumerable.Range(0, p.Count).Select(k => Rows.Dot(neighbour, p[k]) / Temperature)], i) : 0);
    }
}
