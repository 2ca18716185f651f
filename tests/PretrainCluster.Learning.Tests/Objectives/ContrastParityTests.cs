using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Tests.Fixtures;

namespace PretrainCluster.Learning.Tests.Objectives;

/// <summary>Losses and gradients of objectives that compare clips are those of public code, or of the papers' formulas written out in Python (Fixtures/README.md).</summary>
public sealed class ContrastParityTests
{
    static readonly Dictionary<string, ObjectivePlan> s_batches = new()
    {
        ["simclr"] = ContrastSamples.Plan(ObjectiveKind.Simclr),
        ["vicreg"] = ContrastSamples.Plan(ObjectiveKind.Vicreg),
        // UmURL takes each view's spread with weight 5, where VICReg takes the mean of both.
        ["vicreg-umurl"] = ContrastSamples.Plan(ObjectiveKind.Vicreg) with { InvarianceWeight = 5, VarianceWeight = 10, CovarianceWeight = 1 },
        ["nnclr"] = ContrastSamples.Plan(ObjectiveKind.Nnclr),
    };

    public static TheoryData<string, bool> Batches => Precisions.With(s_batches.Keys);

    [Theory, MemberData(nameof(Batches))]
    public void Loss_OfABatch_AndItsGradientsAreEqual(string name, bool inDouble)
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture(name);
        using var objective = (GlobalBatchObjective)ObjectiveFactory.Create(s_batches[name], ContrastSamples.Encoder, ContrastSamples.Frames, ContrastSamples.Joints, seed: 3);
        if (inDouble)
            objective.to(ScalarType.Float64);
        using (no_grad())
        {
            foreach (var (key, weight) in objective.Head)
                weight.copy_(fixture.Tensor("weight." + key, inDouble));
            foreach (var (key, value) in objective.Buffers.Where(buffer => fixture.Names.Contains(buffer.Name)))
                value.copy_(fixture.Tensor(key, inDouble));
        }
        Assert.Equal(objective.Head.Select(weight => "weight." + weight.Name).Order(), fixture.Names.Where(key => key.StartsWith("weight.", StringComparison.Ordinal)).Order());
        var embeddings = fixture.Tensor("embeddings", inDouble).requires_grad_(true);

        var loss = objective.Loss(embeddings).Loss;
        var gradients = autograd.grad([loss.Sum / loss.Count], [embeddings, .. objective.Head.Select(weight => (Tensor)weight.Parameter)]);

        fixture.AssertEqual("loss", (loss.Sum / loss.Count).reshape(1));
        fixture.AssertEqual("gradient.embeddings", gradients[0]);
        foreach (var ((key, _), gradient) in objective.Head.Zip(gradients.Skip(1)))
            fixture.AssertEqual("gradient." + key, gradient);
    }
}
