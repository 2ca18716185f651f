using PretrainCluster.Core;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Tests.Fixtures;

namespace PretrainCluster.Learning.Tests.Objectives;

public sealed class MaskingTests
{
    static readonly SkeletonTransformer.Settings s_small = new() { Width = 8, Depth = 1, Heads = 1 };

    [Fact]
    public void Kept_OfThePublishedSize_Is74()
    {
        var grid = TokenGrid.Of(new SkeletonTransformer.Settings(), frames: 120, joints: 25);

        Assert.Equal(750, grid.Tokens);
        Assert.Equal(74, MaskedMotion.Kept(new MaskedMotion.Settings { MaskRatio = 0.9 }, grid));
    }

    [Fact]
    public void MaskedMotion_AtThePublishedSize_KeepsThePublicTokens()
    {
        using var scope = NewDisposeScope();
        using var fixture = new Fixture("mask-120x25");
        var plan = new MaskedMotion.Settings { MaskRatio = fixture.Number("mask_ratio"), Temperature = fixture.Number("temperature") };
        using var objective = (MaskedAutoencoder)ObjectiveFactory.Create(plan, s_small, 120, 25, seed: 1);
        using var _ = no_grad();

        var kept = objective.Pass(fixture.Tensor("clips"), fixture.Tensor("noise"), dropout: null).Mask.Kept;

        Assert.Equal(74, kept.shape[1]);
        Assert.Equal(PublicMask.Kept(fixture.Longs("ids_restore"), samples: 4, tokens: 750, kept: 74), kept.data<long>().ToArray());
    }

    [Fact]
    public void MaskedMotion_OfOneMovingJoint_MasksItMoreOften()
    {
        using var scope = NewDisposeScope();
        var plan = new MaskedMotion.Settings { MaskRatio = 0.5, Temperature = 0.1 };
        using var objective = (MaskedAutoencoder)ObjectiveFactory.Create(plan, s_small, frames: 16, joints: 5, seed: 1);
        using var _ = no_grad();
        var clips = new float[64 * 16 * 5 * 3];
        for (var i = 0; i < clips.Length; i++)
            clips[i] = i / 3 % 5 == 2 ? i / 15 % 16 : 0;
        manual_seed(1);

        var masked = objective.Pass(tensor(clips, [64, 1, 16, 5, 3]), rand(64, 20), dropout: null).Mask.Masked;

        var share = masked.data<long>().ToArray().Count(token => token % 5 == 2) / (64.0 * 4);
        Assert.InRange(share, 0.95, 1);
    }

    [Theory]
    [InlineData(SkeletonMasking.Joint, 2 * 6)]
    [InlineData(SkeletonMasking.Frame, 5 * 3)]
    [InlineData(SkeletonMasking.SpatialTemporal, 2 * 3)]
    public void SkeletonMae_OfEachMasking_MasksWholeJointsAndFrames(SkeletonMasking masking, int kept)
    {
        using var scope = NewDisposeScope();
        var plan = new SkeletonMae.Settings { Masking = masking, JointRatio = 0.6, FrameRatio = 0.5 };
        using var objective = (MaskedAutoencoder)ObjectiveFactory.Create(plan, s_small, frames: 24, joints: 5, seed: 1);
        using var _ = no_grad();
        manual_seed(2);

        var mask = objective.Pass(rand([8, 2, 24, 5, 3]), rand(16, 11), dropout: null).Mask;

        Assert.Equal([16, kept], mask.Kept.shape);
        Assert.Equal([16, 30 - kept], mask.Masked.shape);
        foreach (var sample in mask.Kept.data<long>().ToArray().Chunk(kept))
        {
            var (joints, times) = (sample.Select(token => token % 5).Distinct().Count(), sample.Select(token => token / 5).Distinct().Count());
            Assert.Equal(kept, joints * times);
        }
        Assert.NotEqual(mask.Kept[0].data<long>().ToArray(), mask.Kept[1].data<long>().ToArray());
    }

    [Theory]
    [InlineData(0.999, "keeps none")]
    [InlineData(0.0, "masks none")]
    public void Create_WithARatioThatLeavesNothing_NamesTheKey(double ratio, string fault)
    {
        var plan = new MaskedCoordinates.Settings { MaskRatio = ratio };

        var error = Assert.Throws<InputException>(() => ObjectiveFactory.Create(plan, s_small, 16, 5, seed: 1));

        Assert.Contains("objective.mask_ratio", error.Message);
        Assert.Contains(fault, error.Message);
    }

    [Fact]
    public void Create_WithAStrideAsLongAsTheView_NamesTheKey()
    {
        var plan = new MaskedMotion.Settings { MotionStride = 16 };

        Assert.Contains("objective.motion_stride", Assert.Throws<InputException>(() => ObjectiveFactory.Create(plan, s_small, 16, 5, seed: 1)).Message);
    }
}
