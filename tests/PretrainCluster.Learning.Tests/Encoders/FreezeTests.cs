using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Optimizers;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Learning.Tests.Encoders;

/// <summary>A part of an encoder stays as it is, and the rest learns at rates of its own.</summary>
public sealed class FreezeTests
{
    static readonly ClipShape s_clip = new(2, 16, 20, JointLayouts.Row(20));

    [Theory]
    [InlineData("transformer", 1, "temp_embed pos_embed joints_embed.proj.weight joints_embed.proj.bias blocks.0.", "blocks.1. norm.")]
    [InlineData("transformer", 0, "temp_embed pos_embed joints_embed.proj.", "blocks.0. blocks.1. norm.")]
    [InlineData("st_gcn", 3, "data_bn. st_gcn_networks.0. st_gcn_networks.1. st_gcn_networks.2. edge_importance.0 edge_importance.1 edge_importance.2", "st_gcn_networks. edge_importance.")]
    [InlineData("a_gcn", 9, "data_bn. l1. l2. l3. l4. l5. l6. l7. l8. l9.", "l10.")]
    [InlineData("bigru", 1, "input_norm. encoder.gru.weight_ih_l0 encoder.gru.weight_hh_l0 encoder.gru.bias_ih_l0 encoder.gru.bias_hh_l0", "encoder.gru.")]
    [InlineData("hi_trs", 3, "s_ c_input_map. c_pe. clip_fuse_token c_enc.layer_stack.0.", "c_enc.layer_stack.1. v_ video_fuse_token")]
    [InlineData("hcn", 2, "conv1. conv1m. conv2. conv2m.", "conv3. conv3m. conv4. conv4m. conv5. conv6.")]
    [InlineData("transformer", 2, "temp_embed pos_embed joints_embed.proj. blocks. norm.", "none")]
    [InlineData("st_gcn", 10, "data_bn. st_gcn_networks. edge_importance.", "none")]
    [InlineData("a_gcn", 10, "data_bn. l", "none")]
    [InlineData("bigru", 2, "input_norm. encoder.gru.", "none")]
    [InlineData("hi_trs", 6, "s_ c_ clip_fuse_token v_ video_fuse_token", "none")]
    [InlineData("hcn", 6, "conv", "none")]
    public void Freeze_BeforeABlock_LeavesTheRestToTrain(string kind, int before, string frozen, string trained)
    {
        using var scope = NewDisposeScope();
        using var encoder = Create(kind);

        encoder.Freeze(before);

        foreach (var (name, parameter) in encoder.Weights)
        {
            var isFrozen = frozen.Split(' ').Any(start => name.StartsWith(start, StringComparison.Ordinal));
            Assert.True(isFrozen || trained.Split(' ').Any(start => name.StartsWith(start, StringComparison.Ordinal)), name);
            Assert.True(parameter.requires_grad != isFrozen, name);
        }
    }

    [Theory]
    [InlineData("transformer", 1)]
    [InlineData("hcn", 3)]
    public void Freeze_OfLowerBlocks_GivesTheOthersTheGradientsTheyHad(string kind, int before)
    {
        using var scope = NewDisposeScope();
        using var whole = Create(kind);
        using var part = Create(kind);
        part.Freeze(before);
        Tensor[] expected = [.. autograd.grad([Loss(whole)], [.. whole.Weights.Select(weight => (Tensor)weight.Parameter)])];

        var trained = part.Weights.Where(weight => weight.Parameter.requires_grad).ToList();
        Tensor[] gradients = [.. autograd.grad([Loss(part)], [.. trained.Select(weight => (Tensor)weight.Parameter)])];

        var names = whole.Weights.Select(weight => weight.Name).ToList();
        foreach (var ((name, _), gradient) in trained.Zip(gradients))
            Assert.Equal(Close.Floats(expected[names.IndexOf(name)]), Close.Floats(gradient));
    }

    [Fact]
    public void Freeze_OfBatchNorms_NormalisesByRunningStatisticsAndLeavesNone()
    {
        using var scope = NewDisposeScope();
        using var encoder = Create("st_gcn");
        var all = encoder.StatisticsLength;
        encoder.Freeze(1);
        using (no_grad())
            encoder.Buffers.Single(buffer => buffer.Name == "data_bn.running_mean").Value.add_(0.5);
        var statistics = new List<Tensor>();
        var clips = Clips();

        var moved = encoder.Features(clips, new TrainingPass(new CounterRandom(1, RandomPurpose.Objective), statistics));
        using (no_grad())
            encoder.Buffers.Single(buffer => buffer.Name == "data_bn.running_mean").Value.add_(-0.5);
        var still = encoder.Features(clips, new TrainingPass(new CounterRandom(1, RandomPurpose.Objective)));

        Assert.NotEqual(Close.Floats(still), Close.Floats(moved));
        Assert.Equal(encoder.StatisticsLength, statistics.Sum(part => part.numel()));
        Assert.InRange(encoder.StatisticsLength, 1, all - 1);
    }

    /// <summary>MAMP fine-tunes 8 blocks with .8 and its embeddings at .134; STARS tunes blocks 4 to 7 at .1785, .2746, .4225 and .65.</summary>
    [Theory]
    [InlineData(0.8, "temp_embed", 0.134217728)]
    [InlineData(0.8, "blocks.7.mlp.fc1.weight", 0.8)]
    [InlineData(0.65, "blocks.4.attn.qkv.weight", 0.17850625)]
    [InlineData(0.65, "blocks.5.norm1.bias", 0.274625)]
    [InlineData(0.65, "blocks.6.norm2.weight", 0.4225)]
    [InlineData(0.65, "blocks.7.attn.proj.bias", 0.65)]
    [InlineData(0.65, "norm.weight", 1)]
    [InlineData(0.65, "head.projector.fc1.weight", 1)]
    public void LayerDecay_OfEightBlocks_IsAsPublished(double decay, string name, double expected)
    {
        using var objective = ObjectiveFactory.Create(
            new NearestNeighbourContrast.Settings { Queue = 4, ProjectionHidden = 4, ProjectionWidth = 4, PredictionHidden = 4 }, new SkeletonTransformer.Settings { Width = 8, Depth = 8, Heads = 2 }, s_clip, seed: 1);

        Assert.Equal(expected, LayerDecay.Scales(objective.Encoder, objective.Trained, decay)[objective.Trained.ToList().FindIndex(weight => weight.Name == name)], 1e-12);
    }

    static SkeletonEncoder Create(string kind) =>
        EncoderFactory.Create(AnyKind.Create<EncoderPlan>(kind, new { Width = 8, Depth = 2, Heads = 2, Channels = 4, Layers = 2, Hidden = 4, InputNorm = true }), s_clip, seed: 1);

    static Tensor Clips()
    {
        const int clips = 3;
        var random = new CounterRandom(7, RandomPurpose.Synthesis);
        var values = new float[clips * s_clip.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = random.NextSingle();
        return tensor(values, [clips, s_clip.Persons, s_clip.Frames, s_clip.Joints, 3]);
    }

    static Tensor Loss(SkeletonEncoder encoder)
    {
        var features = encoder.Features(Clips());
        return (features * features).sum();
    }
}
