namespace PretrainCluster.Learning.Objectives;

/// <summary>Two views of a clip shall have the same features, and no two features the same (Zbontar et al., "Barlow Twins", ICML 2021).</summary>
public sealed class BarlowTwins : GlobalBatchObjective
{
    [Kind("barlow_twins", "the correlations between two views' features become the identity (Barlow Twins; Zbontar et al., ICML 2021)")]
    public sealed record Settings : ObjectiveSettings
    {
        [Description("numbers that a view is projected to"), Range(2, 65536)]
        public int ProjectionWidth { get; init; } = 8192;

        [Description("weight of the correlations between different numbers (lambda)"), Range(0, 10)]
        public double OffDiagonal { get; init; } = 0.005;

        public override int ClipViews => 2;

        public override Objective Create(ObjectiveContext context) => new BarlowTwins(this, context.NewEncoder(), context.Seed);

        public override IEnumerable<(string Path, string Message)> Problems(Plan plan, DataShape? shape)
        {
            if (plan.Training.Batch.Clips < 2)
                yield return ("training.batch.clips", $"at least 2 clips are expected, not {plan.Training.Batch.Clips}: features are correlated over a batch");
        }
    }

    readonly Linear _projector;
    readonly double _offDiagonal;

    public BarlowTwins(Settings settings, SkeletonEncoder encoder, ulong seed) : base(nameof(BarlowTwins), encoder)
    {
        _offDiagonal = settings.OffDiagonal;
        _projector = nn.Linear(encoder.Width, settings.ProjectionWidth, hasBias: false);
        register_module("projector", _projector);
        Head = [("head.projector.weight", _projector.weight!)];
        Weights = [.. encoder.Weights, .. Head];
        // From a stream of the seed and the weight's name: the same in every process.
        Initialization.Fill(Head, seed);
    }

    public override int Views => 2;
    public override IReadOnlyList<SkeletonEncoder> Passes => [Encoder];
    public override int EmbeddingWidth => Encoder.Width;
    public override IReadOnlyList<(string Name, Parameter Parameter)> Head { get; }
    public override IReadOnlyList<(string Name, Parameter Parameter)> Weights { get; }

    public override Tensor Embed(Tensor clips, CounterRandom random, ICollection<Tensor>? statistics = null)
    {
        var features = Encoder.Features(clips.flatten(0, 1), training ? new TrainingPass(random, statistics) : null);
        return features.reshape(Views, clips.shape[1], EmbeddingWidth).transpose(0, 1);
    }

    /// <summary>The batch's loss times its clips, so that their mean is what the paper writes down.</summary>
    public override GlobalLoss Loss(Tensor embeddings)
    {
        var (clips, first, second) = (embeddings.shape[0], Standardised(embeddings.select(1, 0)), Standardised(embeddings.select(1, 1)));
        var correlations = first.t().matmul(second) / clips;
        var diagonal = eye(correlations.shape[0], device: correlations.device);
        var loss = ((correlations - 1) * diagonal).square().sum() + (correlations * (1 - diagonal)).square().sum() * _offDiagonal;
        return new GlobalLoss(new LossSum(loss * clips, clips), AfterUpdate: () => { });
    }

    Tensor Standardised(Tensor embeddings)
    {
        var projected = _projector.forward(embeddings);
        var centred = projected - projected.mean([0]);
        return centred / (centred.square().mean([0]) + 1e-5).sqrt();
    }
}
