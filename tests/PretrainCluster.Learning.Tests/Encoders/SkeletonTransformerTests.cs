using PretrainCluster.Core;
using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Tests.Encoders;

public sealed class SkeletonTransformerTests
{
    [Theory]
    [InlineData(1, 16, 20, 4, 1)]
    [InlineData(2, 12, 25, 3, 5)]
    public void Forward_OfAnySize_GivesATokenPerPatch(int persons, int frames, int joints, int patchFrames, int patchJoints)
    {
        using var scope = NewDisposeScope();
        var plan = new SkeletonTransformer.Settings { Width = 24, Depth = 2, Heads = 3, PatchFrames = patchFrames, PatchJoints = patchJoints };
        using var encoder = new SkeletonTransformer(plan, frames, joints, seed: 1);
        using var _ = no_grad();
        var clips = zeros([2, persons, frames, joints, 3]);

        Assert.Equal([2, persons, frames / patchFrames, joints / patchJoints, 24], encoder.forward(clips).shape);
        Assert.Equal([2, 24], encoder.Features(clips).shape);
    }

    [Theory]
    [InlineData(5, 1, 4, "encoder.patch_frames")]
    [InlineData(4, 3, 4, "encoder.patch_joints")]
    [InlineData(4, 1, 5, "encoder.width")]
    public void Create_OfSizesThatDoNotFit_NamesTheKey(int patchFrames, int patchJoints, int heads, string key)
    {
        var plan = new SkeletonTransformer.Settings { Width = 24, Heads = heads, PatchFrames = patchFrames, PatchJoints = patchJoints };

        Assert.Contains(key, Assert.Throws<InputException>(() => new SkeletonTransformer(plan, 16, 25, seed: 1)).Message);
    }

    [Fact]
    public void Create_OfAnySeed_DrawsThePublishedDistributions()
    {
        using var encoder = new SkeletonTransformer(new SkeletonTransformer.Settings { Width = 128, Depth = 1, Heads = 4 }, 64, 25, seed: 5);
        var weights = encoder.Weights.ToDictionary(weight => weight.Name, weight => Close.Floats(weight.Parameter));

        var xavier = Math.Sqrt(6.0 / (128 + 3 * 128));
        Assert.InRange(weights["blocks.0.attn.qkv.weight"].Max(), 0.99 * xavier, xavier);
        Assert.InRange(weights["blocks.0.attn.qkv.weight"].Min(), -xavier, -0.99 * xavier);
        Assert.InRange(weights["joints_embed.proj.weight"].Max(), 0.95 / Math.Sqrt(12), 1 / Math.Sqrt(12));
        Assert.InRange(Math.Sqrt(weights["temp_embed"].Average(value => (double)value * value)), 0.018, 0.022);
        Assert.All(weights["blocks.0.mlp.fc1.bias"], value => Assert.Equal(0, value));
        Assert.All(weights["norm.weight"], value => Assert.Equal(1, value));
        Assert.All(weights["norm.bias"], value => Assert.Equal(0, value));
    }
}
