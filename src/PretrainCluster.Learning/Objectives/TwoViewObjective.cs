namespace PretrainCluster.Learning.Objectives;

/// <summary>An objective of the global batch that compares the features of each clip's two views, which pass the encoder together, behind a projector.</summary>
public abstract class TwoViewObjective : GlobalBatchObjective
{
    public const int ViewCount = 2;

    private protected TwoViewObjective(string name, SkeletonEncoder encoder, ContrastHead projector) : base(name, encoder)
    {
        Projector = projector;
        register_module("projector", projector);
        Weights = [.. encoder.Weights, .. projector.Weights];
    }

    public sealed override int Views => ViewCount;
    public sealed override IReadOnlyList<SkeletonEncoder> Passes => [Encoder];
    public sealed override int EmbeddingWidth => Encoder.Width;
    public sealed override NamedWeights Head => Projector.Weights;
    public sealed override NamedWeights Weights { get; }
    public sealed override NamedState Buffers => Projector.Buffers;

    private protected ContrastHead Projector { get; }

    public sealed override Tensor Embed(Tensor clips, CounterRandom random, ICollection<Tensor>? statistics = null)
    {
        var shape = clips.shape;
        var features = Encoder.Features(clips.reshape(ViewCount * shape[1], shape[2], shape[3], shape[4], shape[5]), training ? new TrainingPass(random, statistics) : null);
        return features.reshape(ViewCount, shape[1], -1).transpose(0, 1);
    }
}
