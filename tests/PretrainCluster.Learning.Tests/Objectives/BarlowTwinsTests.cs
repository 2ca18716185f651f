using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;

namespace PretrainCluster.Learning.Tests.Objectives;

public sealed class BarlowTwinsTests
{
    static readonly SkeletonTransformer.Settings s_encoder = new() { Width = 8, Depth = 1, Heads = 2, PatchFrames = 4 };

    /// <summary>Equal views have correlations of one, so that only those between different features are left.</summary>
    [Fact]
    public void Loss_EqualViews_IsWhatDifferentFeaturesShare()
    {
        using var scope = NewDisposeScope();
        using var objective = Objective(offDiagonal: 0.5);
        var view = randn(64, 1, objective.EmbeddingWidth);
        var projected = view.squeeze(1).matmul(objective.Head[0].Parameter.t());
        var standard = (projected - projected.mean([0])) / (projected.var(0, unbiased: false) + 1e-5).sqrt();
        var correlations = standard.t().matmul(standard) / 64;
        var between = (correlations * (1 - eye(4))).square().sum().item<float>();

        var loss = objective.Loss(cat([view, view], 1)).Loss;
        Assert.Equal(64, loss.Count);
        Assert.Equal(0.5 * between, loss.Sum.item<float>() / 64, 1e-3);
    }

    [Fact]
    public void Loss_ViewsThatAgreeInNothing_IsAboutOneForEachFeature()
    {
        using var scope = NewDisposeScope();
        using var objective = Objective(offDiagonal: 0);
        manual_seed(1);
        var loss = objective.Loss(randn(4096, 2, objective.EmbeddingWidth)).Loss;
        Assert.Equal(4, loss.Sum.item<float>() / loss.Count, 0.3);
    }

    static BarlowTwins Objective(double offDiagonal) => new(
        new BarlowTwins.Settings { ProjectionWidth = 4, OffDiagonal = offDiagonal },
        new SkeletonTransformer(s_encoder, frames: 16, joints: 5, seed: 1), seed: 1);
}
