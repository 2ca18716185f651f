using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Objectives;

/// <summary>An objective of the global batch that compares the features of each clip's two views, which pass the encoder together.</summary>
public abstract class TwoViewObjective(string name, SkeletonEncoder encoder) : GlobalBatchObjective(name, encoder)
{
    public const int ViewCount = 2;

    public sealed override int Views => ViewCount;
    public sealed override IReadOnlyList<SkeletonEncoder> Passes => [Encoder];
    public sealed override int EmbeddingWidth => Encoder.Width;

    public sealed override Tensor Embed(Tensor clips, CounterRandom random, ICollection<Tensor>? statistics = null)
    {
        var shape = clips.shape;
        var features = Encoder.Features(clips.reshape(ViewCount * shape[1], shape[2], shape[3], shape[4], shape[5]), training ? new TrainingPass(random, statistics) : null);
        return features.reshape(ViewCount, shape[1], -1).transpose(0, 1);
    }

    /// <summary>What an encoder costs under such an objective, with heads that each view passes.</summary>
    /// <param name="clip">operations besides, of each clip</param>
    /// <param name="buffers">numbers of state that is not trained</param>
    private protected static ObjectiveCost Cost(EncoderCost encoder, HeadCost heads, double clip, double buffers) =>
        new(heads.Parameters, ViewCount * (encoder.Flops + heads.Flops) * BlockCost.Step + clip, ViewCount * encoder.Activations, buffers);
}
