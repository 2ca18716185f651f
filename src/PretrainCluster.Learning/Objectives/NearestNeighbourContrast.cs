namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// NNCLR: the nearest neighbour of one view's projection, among those of earlier steps, must be told by the other view's prediction from those of the batch's
/// other clips (Dwibedi et al., "With a Little Help from My Friends: Nearest-Neighbor Contrastive Learning of Visual Representations", ICCV 2021, algorithm 1).
/// Its heads normalise over the whole batch, and gradients flow through the predictions of all clips.
/// With one view, a clip's own earlier projections left out and the encoder's lower half frozen it is the tuning stage of STARS (Mehraban et al., "STARS: Self-supervised Tuning
/// for 3D Action Recognition in Skeleton Sequences", arXiv 2407.10935).
/// </summary>
public sealed class NearestNeighbourContrast : GlobalBatchObjective
{
    [Kind("nnclr", "contrast of a view with the nearest neighbour of the other in earlier steps (NNCLR; Dwibedi et al., ICCV 2021)")]
    public sealed record Settings : ObjectiveSettings
    {
        [Description("what similarities are divided by"), Range(0.01, 100)]
        public double Temperature { get; init; } = 0.1;

        [Description("views of earlier steps that are remembered, at least a batch"), Range(1, 16_777_216)]
        public int Queue { get; init; } = 98304;

        [Description("hidden width of the projection head"), Range(1, 65536)]
        public int ProjectionHidden { get; init; } = 2048;

        [Description("numbers that a view is compared by"), Range(1, 8192)]
        public int ProjectionWidth { get; init; } = 256;

        [Description("hidden width of the prediction head"), Range(1, 65536)]
        public int PredictionHidden { get; init; } = 4096;

        [Description("views of a clip: each predicts the neighbour of the other; 1 has one view predict its own neighbour, as STARS does, at half the cost")]
        [Range(1, 2), AddedLater]
        public int Views { get; init; } = 2;

        [Description("leave a clip's own earlier projections out when its neighbour is looked for, as STARS does"), AddedLater]
        public bool ExcludeOwn { get; init; }

        [Description("nearest neighbours of which one is drawn; 1 takes the nearest"), Range(1, 1024), AddedLater]
        public int TopK { get; init; } = 1;

        [Description("which views' projections enter the queue"), AddedLater]
        public QueuedViews Enqueue { get; init; } = QueuedViews.First;

        public override int ClipViews => Views;

        public override Objective Create(ObjectiveContext context) => new NearestNeighbourContrast(this, context.NewEncoder(), context.Seed);

        public override IEnumerable<(string Path, string Message)> Problems(Plan plan, DataShape? shape)
        {
            var clips = plan.Training.Batch.Clips;
            foreach (var problem in FeatureQueue.Problems(Queue, plan).Concat(BatchProblems(this, plan)))
                yield return problem;
            if (Enqueue == QueuedViews.Both && Views == 1)
                yield return ("objective.enqueue", "first is expected where views is 1: there is no other");
            if (Enqueue == QueuedViews.Both && Queue < 2 * clips)
                yield return ("objective.queue", $"at least twice training.batch.clips, {2 * clips}, is expected where enqueue is both, not {Queue}: a step's own views must fit");
            if (TopK > Queue)
                yield return ("objective.top_k", $"at most objective.queue, {Queue}, is expected, not {TopK}");
        }
    }

    const double BelowAnyCosine = -2;

    readonly ContrastHead _projector, _predictor;
    readonly FeatureQueue _support;
    readonly double _temperature;
    readonly int _topK;
    readonly bool _queuesBoth;

    /// <param name="plan">resolved</param>
    public NearestNeighbourContrast(Settings plan, SkeletonEncoder encoder, ulong seed) : base(nameof(NearestNeighbourContrast), encoder)
    {
        var (hidden, width) = (plan.ProjectionHidden, plan.ProjectionWidth);
        (Views, _temperature, _topK, _queuesBoth) = (plan.Views, plan.Temperature, plan.TopK, plan.Enqueue == QueuedViews.Both);
        _projector = new ContrastHead("head.projector.", [encoder.Width, hidden, hidden, width], HeadEnd.Normalized, seed);
        _predictor = new ContrastHead("head.predictor.", [width, plan.PredictionHidden, width], HeadEnd.Plain, seed);
        _support = new FeatureQueue(plan.Queue, width, seed, withSamples: plan.ExcludeOwn);
        register_module("projector", _projector);
        register_module("predictor", _predictor);
        register_module("support", _support);
        Head = [.. _projector.Weights, .. _predictor.Weights];
        Weights = [.. encoder.Weights, .. Head];
        Buffers = [.. _projector.Buffers, .. _predictor.Buffers, .. _support.Buffers];
    }

    public override int Views { get; }
    public override IReadOnlyList<SkeletonEncoder> Passes => [Encoder];
    public override int EmbeddingWidth => Encoder.Width;
    public override NamedWeights Head { get; }
    public override NamedWeights Weights { get; }
    public override NamedState Buffers { get; }

    public override Tensor Embed(Tensor clips, CounterRandom random, ICollection<Tensor>? statistics = null)
    {
        var shape = clips.shape;
        var features = Encoder.Features(clips.reshape(Views * shape[1], shape[2], shape[3], shape[4], shape[5]), training ? new TrainingPass(random, statistics) : null);
        return features.reshape(Views, shape[1], -1).transpose(0, 1);
    }

    public override GlobalLoss Loss(Tensor embeddings) => Loss(embeddings, [], default);

    public override GlobalLoss Loss(Tensor embeddings, IReadOnlyList<long> samples, CounterRandom random)
    {
        var statistics = new List<BatchStatistics>();
        Tensor[] projections = [.. Enumerable.Range(0, Views).Select(view => _projector.Forward(embeddings.select(1, view), statistics))];
        Tensor[] predictions = [.. projections.Select(projection => _predictor.Forward(projection, statistics))];
        var loss = Views == 1
            ? Contrast(Neighbours(projections[0], samples, ref random), predictions[0])
            : (Contrast(Neighbours(projections[0], samples, ref random), predictions[1]) + Contrast(Neighbours(projections[1], samples, ref random), predictions[0])) / 2;

        Tensor[] newest = [.. projections.Take(_queuesBoth ? Views : 1).Select(projection => Direction.Of(projection.detach()))];
        return new GlobalLoss(new LossSum(loss, embeddings.shape[0]), () =>
        {
            foreach (var batch in statistics)
                batch.Track();
            foreach (var view in newest)
                _support.Enqueue(view, samples);
        });
    }

    /// <summary>The row of the support set that each projection is most similar to, or one of the few that are.</summary>
    /// <param name="samples">the clip of each projection; where the support set knows its clips, too, no clip is its own neighbour</param>
    Tensor Neighbours(Tensor projections, IReadOnlyList<long> samples, ref CounterRandom random)
    {
        using var _ = no_grad();
        var similarities = Direction.Of(projections.detach()).matmul(_support.Rows.t());
        if (_support.Samples is { } known && samples.Count > 0)
            similarities = similarities.masked_fill(tensor(samples.ToArray()).to(known.device).unsqueeze(1).eq(known.unsqueeze(0)), BelowAnyCosine);
        if (_topK == 1)
            return _support.Rows.index_select(0, similarities.argmax(1));
        var picks = new long[similarities.shape[0]];
        for (var i = 0; i < picks.Length; i++)
            picks[i] = random.Next(_topK);
        var nearest = similarities.topk(_topK, 1).indexes;
        return _support.Rows.index_select(0, nearest.gather(1, tensor(picks, [picks.Length, 1]).to(nearest.device)).squeeze(1));
    }

    /// <summary>Cross-entropy of telling each neighbour's own prediction from the others, summed.</summary>
    Tensor Contrast(Tensor neighbours, Tensor predictions)
    {
        var logits = neighbours.matmul(Direction.Of(predictions).t()) / _temperature;
        return nn.functional.cross_entropy(logits, arange(logits.shape[0], ScalarType.Int64, logits.device), reduction: nn.Reduction.Sum);
    }
}

/// <summary>Which views of a clip a queue remembers.</summary>
public enum QueuedViews
{
    First,
    Both,
}
