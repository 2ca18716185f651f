using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Tests.Fixtures;

namespace PretrainCluster.Learning.Tests.Objectives;

/// <summary>
/// The tuning stage of STARS gives what a transcription of its description gives (Fixtures/make_stars_fixtures.py; its public code could not be had): loss, gradients, what the queue takes.
/// </summary>
public sealed class StarsParityTests
{
    public static TheoryData<int, bool> Cases
    {
        get
        {
            var cases = new TheoryData<int, bool>();
            foreach (var inDouble in (bool[])[true, false])
            {
                cases.Add(1, inDouble);
                cases.Add(2, inDouble);
            }
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Loss_OfABatch_ValueGradientsAndStateAreEqual(int views, bool inDouble)
    {
        var (type, tolerance) = inDouble ? (ScalarType.Float64, 1e-8) : (ScalarType.Float32, 1e-4);
        using var scope = NewDisposeScope();
        using var fixture = new Fixture($"stars-{views}");
        using var objective = Load(fixture, views, type);
        var embeddings = Read(fixture, "embeddings", type).requires_grad_(true);
        var samples = fixture.Longs("samples");

        var loss = objective.Loss(embeddings, samples, new CounterRandom(1, RandomPurpose.Objective));
        var gradients = autograd.grad([loss.Loss.Sum / loss.Loss.Count], [embeddings, .. objective.Head.Select(weight => (Tensor)weight.Parameter)]);
        loss.AfterUpdate();

        Close.Within(fixture.Doubles("loss"), loss.Loss.Sum / loss.Loss.Count, tolerance, "loss");
        Close.Within(fixture.Doubles("gradient.embeddings"), gradients[0], tolerance, "embeddings");
        foreach (var (weight, gradient) in objective.Head.Zip(gradients.Skip(1)))
            Close.Within(fixture.Doubles("gradient." + weight.Name), gradient, tolerance, weight.Name);
        Close.Within(fixture.Doubles("enqueued"), Buffer(objective, "queue").narrow(0, 0, samples.Length), tolerance, "queue");
        Assert.Equal(samples, Buffer(objective, "queue_samples").narrow(0, 0, samples.Length).data<long>().ToArray());
        foreach (var (name, value) in objective.Buffers.Where(buffer => buffer.Name.Contains("running_", StringComparison.Ordinal)))
            Close.Within(fixture.Doubles("after." + name), value, tolerance, name);
    }

    [Fact]
    public void Loss_OfSeveralNeighbours_DrawsAmongThemAndNeverTheClipItself()
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture("stars-1");
        using var nearest = Load(fixture, 1, ScalarType.Float32);
        using var several = Load(fixture, 1, ScalarType.Float32, topK: 3);
        var (embeddings, samples) = (Read(fixture, "embeddings", ScalarType.Float32), fixture.Longs("samples"));
        float Loss(NearestNeighbourContrast objective, IReadOnlyList<long> of, ulong step) => objective.Loss(embeddings, of, new CounterRandom(1, RandomPurpose.Objective, step)).Loss.Sum.item<float>();

        Assert.Equal(Loss(nearest, samples, 1), Loss(nearest, samples, 2));
        Assert.NotEqual(Loss(nearest, samples, 1), Loss(nearest, [], 1));
        Assert.Equal(Loss(several, samples, 1), Loss(several, samples, 1));
        Assert.True(Enumerable.Range(1, 8).Select(step => Loss(several, samples, (ulong)step)).Distinct().Count() > 1);
    }

    [Fact]
    public void AfterUpdate_WhereBothViewsAreQueued_TakesOneAfterTheOther()
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture("stars-2");
        using var objective = Load(fixture, 2, ScalarType.Float32, enqueue: QueuedViews.Both);
        var samples = fixture.Longs("samples");

        objective.Loss(Read(fixture, "embeddings", ScalarType.Float32), samples, default).AfterUpdate();

        Assert.Equal(2 * samples.Length, Buffer(objective, "queue_position").item<long>());
        Assert.Equal([.. samples, .. samples], Buffer(objective, "queue_samples").narrow(0, 0, 2 * samples.Length).data<long>().ToArray());
        Close.Within(fixture.Doubles("enqueued"), Buffer(objective, "queue").narrow(0, 0, samples.Length), 1e-4, "queue");
    }

    static NearestNeighbourContrast Load(Fixture fixture, int views, ScalarType type, int topK = 1, QueuedViews enqueue = QueuedViews.First)
    {
        var plan = new NearestNeighbourContrast.Settings
        {
            Temperature = fixture.Number("temperature"),
            Queue = (int)fixture.Shape("queue")[0],
            ProjectionHidden = (int)fixture.Shape("head.projector.fc1.bias")[0],
            ProjectionWidth = (int)fixture.Shape("queue")[1],
            PredictionHidden = (int)fixture.Shape("head.predictor.fc1.bias")[0],
            Views = views,
            ExcludeOwn = true,
            TopK = topK,
            Enqueue = enqueue,
        };
        var objective = (NearestNeighbourContrast)ObjectiveFactory.Create(plan, ContrastSamples.Encoder, ContrastSamples.Frames, ContrastSamples.Joints, seed: 99);
        if (type == ScalarType.Float64)
            Precisions.ToDouble(objective);
        using var _ = no_grad();
        (string Name, Tensor Value)[] state = [.. objective.Head.Select(weight => (weight.Name, (Tensor)weight.Parameter)), .. objective.Buffers.Where(buffer => buffer.Name != "queue_position")];
        foreach (var (name, value) in state)
            value.copy_(value.dtype == ScalarType.Int64 ? tensor(fixture.Longs(name), value.shape) : tensor(fixture.Doubles(name), value.shape));
        return objective;
    }

    static Tensor Read(Fixture fixture, string name, ScalarType type) => tensor(fixture.Doubles(name), fixture.Shape(name)).to(type);

    static Tensor Buffer(Objective objective, string name) => ContrastSamples.Buffer(objective, name);
}
