using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Optimizers;

namespace PretrainCluster.Learning.Tests.Objectives;

/// <summary>Counts tensors of the whole process, so nothing may run beside it.</summary>
[CollectionDefinition(nameof(LiveTensorTests), DisableParallelization = true)]
[Collection(nameof(LiveTensorTests))]
public sealed class LiveTensorTests
{
    const int WarmUp = 10, Steps = 1000;

    [Fact]
    public void Steps_ByTheThousand_LeaveNoTensorBehind()
    {
        var plan = new MaskedMotion.Settings { MaskRatio = 0.5, Decoder = new DecoderSettings { Depth = 1 } };
        using var objective = ObjectiveFactory.Create(plan, new SkeletonTransformer.Settings { Width = 8, Depth = 1, Heads = 2 }, frames: 8, joints: 3, seed: 1);
        using var optimizer = Optimizer.Create(new Learning.Optimizers.AdamW.Settings(), objective.Weights);
        using var clips = rand([2, 1, 8, 3, 3]);
        Garbage.Collect();

        Train(WarmUp);
        var before = Tensor.TotalCount;
        Train(Steps);

        Assert.Equal(before, Tensor.TotalCount);

        void Train(int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                using var scope = NewDisposeScope();
                var loss = objective.Forward(clips, new CounterRandom(1, RandomPurpose.Objective, (ulong)step));
                var gradients = autograd.grad([loss.Sum / loss.Count], [.. objective.Weights.Select(weight => (Tensor)weight.Parameter)]);
                GradientNorm.Clip([.. gradients], 1);
                optimizer.Step([.. gradients], learningRate: 1e-3);
            }
        }
    }
}
