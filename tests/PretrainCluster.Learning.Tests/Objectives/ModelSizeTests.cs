using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Learning.Tests.Objectives;

public sealed class ModelSizeTests
{
    static readonly MaskedMotion.Settings s_mamp = new MaskedMotion.Settings { MaskRatio = 0.9, Decoder = new DecoderSettings { Depth = 5 } };

    [Fact]
    public void Of_ThePublishedModel_IsAsPublished()
    {
        var size = ModelSize.Of(s_mamp, new SkeletonTransformer.Settings(), new ClipShape(2, 120, 25));

        Assert.Equal(6.336, size.EncoderParameters / 1e6, 0.001);
        Assert.Equal(10.37, size.Parameters / 1e6, 0.01);
    }

    [Theory]
    [InlineData("st_gcn", 3083412)]
    [InlineData("bigru", 44998656)]
    [InlineData("hcn", 519424)]
    [InlineData("a_gcn", 3454090)]
    public void Of_AnEncoderAtItsPublishedSize_HasAsManyParametersAsThePublicModelWithoutItsHead(string kind, long parameters) =>
        Assert.Equal(parameters, ModelSize.Of(ContrastSamples.Plan("moco"), AnyKind.Create<EncoderPlan>(kind, new { }), new ClipShape(2, 64, 25, JointLayouts.KinectV2)).EncoderParameters);

    [Fact]
    public void Of_HiTrsAtItsPublishedSize_HasAsManyParametersAsThePublicModel()
    {
        var size = ModelSize.Of(new HierarchicalPrediction.Settings(), new HiTrs.Settings { Width = 128 }, new ClipShape(2, 64, 25));

        Assert.Equal(6917888, size.EncoderParameters);
        Assert.Equal(7051143, size.Parameters);
    }

    [Fact]
    public void Of_MomentumContrast_CountsMovingAverageQueueAndItsPositionAsState()
    {
        var plan = new MomentumContrast.Settings { Queue = 40, ProjectionHidden = 12, ProjectionWidth = 8 };

        var size = ModelSize.Of(plan, ContrastSamples.Encoder, new ClipShape(2, 16, 6, ContrastSamples.Layout));

        Assert.Equal(sizeof(float) * (size.Parameters + 40 * 8) + sizeof(long), size.BufferBytes);
    }
}
