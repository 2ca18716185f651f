using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Learning.Tests.Objectives;

public sealed class ModelCostTests
{
    static readonly ObjectivePlan s_mamp = new() { Kind = ObjectiveKind.MaskedMotion, MaskRatio = 0.9, Decoder = new DecoderPlan { Depth = 5 } };

    [Fact]
    public void Of_ThePublishedModel_IsAsPublished()
    {
        var cost = ModelCost.Of(s_mamp, new EncoderPlan(), persons: 2, frames: 120, joints: 25);

        Assert.Equal(6.336, cost.EncoderParameters / 1e6, 0.001);
        Assert.Equal(10.37, (cost.EncoderParameters + cost.HeadParameters) / 1e6, 0.01);
        Assert.Equal(28.32, cost.EncodeFlops / 1e9, 0.3);
        Assert.Equal(1.97 + 17.70, cost.StepFlops / 3 / 1e9, 0.3);
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(3, 2, 40)]
    public void Of_AnyModel_CountsTheWeightsThatItHas(int patchFrames, int patchJoints, int decoderWidth)
    {
        var encoder = new EncoderPlan { PatchFrames = patchFrames, PatchJoints = patchJoints, Width = 24, Depth = 3, Heads = 4, MlpRatio = 2.5 };
        var plan = s_mamp with { MaskRatio = 0.5, Decoder = new DecoderPlan { Width = decoderWidth, Depth = 2 } };
        using var objective = ObjectiveFactory.Create(plan, encoder, frames: 12, joints: 4, seed: 1);

        var cost = ModelCost.Of(plan, encoder, persons: 1, frames: 12, joints: 4);

        Assert.Equal(objective.Encoder.Weights.Sum(weight => weight.Parameter.numel()), cost.EncoderParameters);
        Assert.Equal(objective.Weights.Sum(weight => weight.Parameter.numel()), cost.EncoderParameters + cost.HeadParameters);
    }

    [Theory]
    [InlineData(EncoderKind.StGcn, 3083412)]
    [InlineData(EncoderKind.Bigru, 44998656)]
    [InlineData(EncoderKind.Hcn, 519424)]
    [InlineData(EncoderKind.AGcn, 3454090)]
    public void Of_AnEncoderAtItsPublishedSize_HasAsManyParametersAsThePublicModelWithoutItsHead(EncoderKind kind, long parameters) =>
        Assert.Equal(parameters, ModelCost.Of(ContrastSamples.Plan(ObjectiveKind.Moco), new EncoderPlan { Kind = kind }, persons: 2, frames: 64, joints: 25).EncoderParameters);

    [Fact]
    public void Of_HiTrsAtItsPublishedSize_HasAsManyParametersAsThePublicModel()
    {
        var cost = ModelCost.Of(new ObjectivePlan { Kind = ObjectiveKind.HiTrs }, new EncoderPlan { Kind = EncoderKind.HiTrs, Width = 128 }, persons: 2, frames: 64, joints: 25);

        Assert.Equal(6917888, cost.EncoderParameters);
        Assert.Equal(7051143, cost.EncoderParameters + cost.HeadParameters);
    }

    public static TheoryData<EncoderKind> Kinds => [.. Enum.GetValues<EncoderKind>()];

    [Theory, MemberData(nameof(Kinds))]
    public void Of_EveryEncoder_CountsTheWeightsThatItHas(EncoderKind kind)
    {
        var (objective, encoder, clip) = (ContrastSamples.Plan(ObjectiveKind.Moco), new EncoderPlan { Kind = kind, Channels = 8, Hidden = 40 }, new ClipShape(2, 64, 25, JointLayouts.KinectV2));
        using var created = ObjectiveFactory.Create(objective, encoder, clip, seed: 1);

        var cost = ModelCost.Of(objective, encoder, clip.Persons, clip.Frames, clip.Joints);

        Assert.Equal(created.Encoder.Weights.Sum(weight => weight.Parameter.numel()), cost.EncoderParameters);
        Assert.Equal(created.Weights.Sum(weight => weight.Parameter.numel()), cost.EncoderParameters + cost.HeadParameters);
        Assert.Equal(4 * cost.EncodeFlops, cost.StepFlops, 0.01 * cost.StepFlops);
    }

    [Theory]
    [InlineData(ObjectiveKind.Moco)]
    [InlineData(ObjectiveKind.Nnclr)]
    [InlineData(ObjectiveKind.MaskedFeatures)]
    [InlineData(ObjectiveKind.Simclr)]
    [InlineData(ObjectiveKind.Vicreg)]
    [InlineData(ObjectiveKind.InterSkeleton)]
    [InlineData(ObjectiveKind.Skeattnclr)]
    public void Of_AContrast_CountsWeightsAndBuffersThatItHas(ObjectiveKind kind)
    {
        var (plan, encoder, clip) = (ContrastSamples.Plan(kind), ContrastSamples.EncoderOf(kind, ContrastSamples.Encoder), new ClipShape(2, 16, 6, ContrastSamples.Layout));
        using var objective = ObjectiveFactory.Create(plan, encoder, clip, seed: 1);

        var cost = ModelCost.Of(plan, encoder, clip.Persons, clip.Frames, clip.Joints);

        Assert.Equal(objective.Weights.Sum(weight => weight.Parameter.numel()), cost.EncoderParameters + cost.HeadParameters);
        var buffers = objective.Buffers.Where(buffer => !buffer.Name.EndsWith("queue_position", StringComparison.Ordinal) && !buffer.Name.Contains(".running_", StringComparison.Ordinal) && !buffer.Name.Contains(".num_", StringComparison.Ordinal)).Sum(buffer => buffer.Value.numel());
        Assert.Equal(sizeof(float) * buffers, cost.BufferBytes);
        // Two views of the encoder: those with a momentum encoder differentiate one of them, most others both; masked features both of the student's, and the teacher sees them, too; SkeAttnCLR one of them twice. The partner is small.
        Assert.Equal(kind switch { ObjectiveKind.Moco or ObjectiveKind.InterSkeleton => 4, ObjectiveKind.Skeattnclr => 7, ObjectiveKind.MaskedFeatures => 8, _ => 6 } * cost.EncodeFlops, cost.StepFlops, 0.2 * cost.StepFlops);
    }
}
