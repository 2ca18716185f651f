using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Tests.Fixtures;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Learning.Tests.Objectives;

/// <summary>Losses and gradients of objectives that compare clips are those of public code, or of the papers' formulas written out in Python (Fixtures/README.md).</summary>
public sealed class ContrastParityTests
{
    static readonly Dictionary<string, ObjectivePlan> s_batches = new()
    {
        ["simclr"] = ContrastSamples.Plan("simclr"),
        ["vicreg"] = ContrastSamples.Plan("vicreg"),
        // UmURL takes each view's spread with weight 5, where VICReg takes the mean of both.
        ["vicreg-umurl"] = (VicReg.Settings)ContrastSamples.Plan("vicreg") with { InvarianceWeight = 5, VarianceWeight = 10, CovarianceWeight = 1 },
        ["nnclr"] = ContrastSamples.Plan("nnclr"),
    };

    static readonly EncoderPlan s_sequence = new BiGru.Settings { Layers = 2, Hidden = 4 };
    static readonly EncoderPlan s_graph = new AGcn.Settings { Channels = 4 };
    static readonly EncoderPlan s_image = new Hcn.Settings { Channels = 4 };

    static readonly Dictionary<string, (EncoderPlan Encoder, ObjectivePlan Objective)> s_steps = new()
    {
        ["moco"] = (s_sequence, new MomentumContrast.Settings { Temperature = 0.07, Queue = 20, ProjectionWidth = 6 }),
        ["inter-seq-graph"] = (s_sequence, Inter(s_graph)),
        ["inter-seq-image"] = (s_sequence, Inter(s_image)),
        ["inter-graph-image"] = (s_graph, Inter(s_image)),
        ["skeattnclr"] = (new StGcn.Settings { Graph = GraphKind.Directed, Channels = 4, Width = 16 }, new SkeletonAttentionContrast.Settings { Queue = 20, ProjectionWidth = 6, MaskHeads = 2, SalientWeight = 0.7 }),
    };

    public static TheoryData<string, bool> Steps => Precisions.With(s_steps.Keys);

    public static TheoryData<string, bool> Batches => Precisions.With(s_batches.Keys);

    [Theory, MemberData(nameof(Batches))]
    public void Loss_OfABatch_AndItsGradientsAreEqual(string name, bool inDouble)
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture(name);
        using var objective = (GlobalBatchObjective)ObjectiveFactory.Create(s_batches[name], ContrastSamples.Encoder, ContrastSamples.Frames, ContrastSamples.Joints, seed: 3);
        if (inDouble)
            Precisions.ToDouble(objective);
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

    [Theory, MemberData(nameof(Steps))]
    public void Forward_OfAMicroBatch_LossKeysGradientsAndStatisticsAreEqual(string name, bool inDouble)
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture(name);
        var shape = fixture.Shape("clips");
        var clip = new ClipShape((int)shape[2], (int)shape[3], (int)shape[4], JointLayouts.KinectV2);
        using var objective = (EarlierStepsObjective)ObjectiveFactory.Create(s_steps[name].Objective, s_steps[name].Encoder, clip, seed: 3);
        if (inDouble)
            Precisions.ToDouble(objective);
        Fill(objective, fixture, name, inDouble);
        var statistics = new List<Tensor>();

        var (loss, keys) = Forward(objective, fixture, name, inDouble, statistics);
        var gradients = autograd.grad([loss.Sum / loss.Count], [.. objective.Weights.Select(weight => (Tensor)weight.Parameter)]);

        fixture.AssertEqual("loss", (loss.Sum / loss.Count).reshape(1));
        fixture.AssertEqual("keys", keys);
        // Where a softmax or a norm follows, a gradient is a sum that cancels, and in fp32 its rounding is that of its terms; of SkeAttnCLR, whose heads' norms see few clips, the public code's own is no less.
        var smallest = inDouble ? 0 : (name == "skeattnclr" ? 1 : 1e-4) * fixture.Names.Where(key => key.StartsWith("gradient.", StringComparison.Ordinal)).Max(key => fixture.Doubles(key).Max(Math.Abs));
        foreach (var ((key, _), gradient) in objective.Weights.Zip(gradients))
            fixture.AssertEqual("gradient." + key, gradient, smallest);
        Assert.Equal(objective.StatisticsLength, statistics.Sum(part => part.numel()));
        if (statistics.Count > 0)
            objective.Track(cat([.. statistics], 0).unsqueeze(0));
        var buffers = objective.Buffers.Concat(objective.Encoder.Buffers).ToDictionary(buffer => "after." + buffer.Name, buffer => buffer.Value);
        Assert.All(fixture.Names.Where(key => key.StartsWith("after.", StringComparison.Ordinal)), key => fixture.AssertEqual(key, buffers[key]));
    }

    static (LossSum, Tensor) Forward(EarlierStepsObjective objective, Fixture fixture, string name, bool inDouble, List<Tensor> statistics)
    {
        var (clips, random) = (fixture.Tensor("clips", inDouble), new CounterRandom(1, RandomPurpose.Objective));
        if (objective is not SkeletonAttentionContrast attention)
            return objective.ForwardWithKeys(clips, random, statistics);
        using var drawn = new Fixture(name + ".queues");
        return attention.Contrast(clips[0], drawn.Tensor("swapped", inDouble), clips[1], new TrainingPass(random, statistics));
    }

    static ObjectivePlan Inter(EncoderPlan partner) => new InterSkeletonContrast.Settings { Partner = partner, Queue = 20, ProjectionWidth = 6 };

    /// <summary>Public weights under their public names, .9 of them in the key encoders, and the queues.</summary>
    static void Fill(Objective objective, Fixture fixture, string name, bool inDouble)
    {
        using var _ = no_grad();
        using var queues = new Fixture(name + ".queues");
        Assert.Equal(objective.Weights.Select(weight => "weight." + weight.Name).Order(), fixture.Names.Where(key => key.StartsWith("weight.", StringComparison.Ordinal)).Order());
        foreach (var (key, weight) in objective.Weights)
            weight.copy_(fixture.Tensor("weight." + key, inDouble));
        foreach (var (key, value) in objective.Buffers)
        {
            if (queues.Names.Contains(key))
                value.copy_(queues.Tensor(key, inDouble));
            else if (key.Replace("key.", "", StringComparison.Ordinal) is var trained && trained != key && fixture.Names.Contains("weight." + trained))
                value.copy_(fixture.Tensor("weight." + trained, inDouble) * 0.9);
        }
    }
}
