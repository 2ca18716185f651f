using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Learning.Tests.Objectives;

public sealed class ModelCostTests
{
    static readonly MaskedMotion.Settings s_mamp = new MaskedMotion.Settings { MaskRatio = 0.9, Decoder = new DecoderSettings { Depth = 5 } };

    [Fact]
    public void Of_ThePublishedModel_IsAsPublished()
    {
        var cost = ModelCost.Of(s_mamp, new SkeletonTransformer.Settings(), new ClipShape(2, 120, 25));

        Assert.Equal(6.336, cost.EncoderParameters / 1e6, 0.001);
        Assert.Equal(10.37, (cost.EncoderParameters + cost.HeadParameters) / 1e6, 0.01);
        Assert.Equal(28.32, cost.EncodeFlops!.Value / 1e9, 0.3);
        Assert.Equal(1.97 + 17.70, cost.StepFlops!.Value / 3 / 1e9, 0.3);
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(3, 2, 40)]
    public void Of_AnyModel_CountsTheWeightsThatItHas(int patchFrames, int patchJoints, int decoderWidth)
    {
        var encoder = new SkeletonTransformer.Settings { PatchFrames = patchFrames, PatchJoints = patchJoints, Width = 24, Depth = 3, Heads = 4, MlpRatio = 2.5 };
        var plan = s_mamp with { MaskRatio = 0.5, Decoder = new DecoderSettings { Width = decoderWidth, Depth = 2 } };
        using var objective = ObjectiveFactory.Create(plan, encoder, frames: 12, joints: 4, seed: 1);

        var cost = ModelCost.Of(plan, encoder, new ClipShape(1, 12, 4));

        Assert.Equal(objective.Encoder.Weights.Sum(weight => weight.Parameter.numel()), cost.EncoderParameters);
        Assert.Equal(objective.Weights.Sum(weight => weight.Parameter.numel()), cost.EncoderParameters + cost.HeadParameters);
    }

    [Theory]
    [InlineData("st_gcn", 3083412)]
    [InlineData("bigru", 44998656)]
    [InlineData("hcn", 519424)]
    [InlineData("a_gcn", 3454090)]
    public void Of_AnEncoderAtItsPublishedSize_HasAsManyParametersAsThePublicModelWithoutItsHead(string kind, long parameters) =>
        Assert.Equal(parameters, ModelCost.Of(ContrastSamples.Plan("moco"), AnyKind.Create<EncoderPlan>(kind, new { }), new ClipShape(2, 64, 25)).EncoderParameters);

    [Fact]
    public void Of_HiTrsAtItsPublishedSize_HasAsManyParametersAsThePublicModel()
    {
        var cost = ModelCost.Of(new HierarchicalPrediction.Settings(), new HiTrs.Settings { Width = 128 }, new ClipShape(2, 64, 25));

        Assert.Equal(6917888, cost.EncoderParameters);
        Assert.Equal(7051143, cost.EncoderParameters + cost.HeadParameters);
    }

    public static TheoryData<string> Kinds => AnyKind.Of<EncoderPlan>();

    [Theory, MemberData(nameof(Kinds))]
    public void Of_EveryEncoder_CountsTheWeightsThatItHas(string kind)
    {
        var (objective, encoder, clip) = (ContrastSamples.Plan("moco"), AnyKind.Create<EncoderPlan>(kind, new { Channels = 8, Hidden = 40 }), new ClipShape(2, 64, 25, JointLayouts.KinectV2));
        using var created = ObjectiveFactory.Create(objective, encoder, clip, seed: 1);

        var cost = ModelCost.Of(objective, encoder, clip);

        Assert.Equal(created.Encoder.Weights.Sum(weight => weight.Parameter.numel()), cost.EncoderParameters);
        Assert.Equal(created.Weights.Sum(weight => weight.Parameter.numel()), cost.EncoderParameters + cost.HeadParameters);
        Assert.Equal(4 * cost.EncodeFlops!.Value, cost.StepFlops!.Value, 0.01 * cost.StepFlops.Value);
    }

    [Theory]
    [InlineData("moco")]
    [InlineData("nnclr")]
    [InlineData("masked_features")]
    [InlineData("simclr")]
    [InlineData("vicreg")]
    [InlineData("inter_skeleton")]
    [InlineData("skeattnclr")]
    public void Of_AContrast_CountsWeightsAndBuffersThatItHas(string kind)
    {
        var (plan, encoder, clip) = (ContrastSamples.Plan(kind), ContrastSamples.EncoderOf(kind, ContrastSamples.Encoder), new ClipShape(2, 16, 6, ContrastSamples.Layout));
        using var objective = ObjectiveFactory.Create(plan, encoder, clip, seed: 1);

        var cost = ModelCost.Of(plan, encoder, clip);

        Assert.Equal(objective.Weights.Sum(weight => weight.Parameter.numel()), cost.EncoderParameters + cost.HeadParameters);
        var buffers = objective.Buffers.Where(buffer => !buffer.Name.EndsWith("queue_position", StringComparison.Ordinal) && !buffer.Name.Contains(".running_", StringComparison.Ordinal) && !buffer.Name.Contains(".num_", StringComparison.Ordinal)).Sum(buffer => buffer.Value.numel());
        Assert.Equal(sizeof(float) * buffers, cost.BufferBytes);
        // Two views of the encoder: those with a momentum encoder differentiate one of them, most others both; masked features both of the student's, and the teacher sees them, too; SkeAttnCLR one of them twice. The partner is small.
        Assert.Equal(kind switch { "moco" or "inter_skeleton" => 4, "skeattnclr" => 7, "masked_features" => 8, _ => 6 } * cost.EncodeFlops!.Value, cost.StepFlops!.Value, 0.2 * cost.StepFlops.Value);
    }
}
