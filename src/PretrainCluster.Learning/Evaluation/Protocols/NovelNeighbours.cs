namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>
/// kNN on the classes that pretraining did not see, with the whole training side of these classes as the gallery: what the script does that STARS
/// (arXiv 2407.10935) names for its few-shot evaluation, k = 1, 2, 5, 10. With NTU RGB+D 120, split xsub and classes 60 to 119 novel it is on its very clips.
/// </summary>
[Kind("knn/novel", "kNN on novel classes, gallery = all their training clips, as STARS's script; k = 1, 2, 5, 10")]
public sealed record NovelNeighbours : EvaluationProtocol
{
    public override int Version => 2;
    public override ProtocolSubject Subject => ProtocolSubject.FrozenEncoder;
    public override bool OnNovelClasses => true;

    public override ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation)
    {
        if (input.NovelClasses.Count == 0)
            throw new InputException($"Protocol {Name}: no class is novel; hold some out of pretraining (data.hold_out_classes), or name them with --novel or evaluation.novel_classes.");
        var classes = input.NovelClasses.ToHashSet();
        var (gallery, queries) = (input.Features.Train.Normalized().OfClasses(classes), input.Features.Test.Normalized().OfClasses(classes));
        if (gallery.Clips == 0 || queries.Clips == 0)
            throw new InputException($"Protocol {Name}: the {(gallery.Clips == 0 ? "training" : "test")} side has no clip of the {classes.Count} novel classes; name others, or leave the protocol out.");
        return NearestNeighbours.Evaluate(
            $"{classes.Count} classes unseen in pretraining; gallery: their {gallery.Clips} training clips, queries: their {queries.Clips} test clips; "
            + "L2-normalised features, cosine, uniform vote, ties to the smallest class; nothing random, seeds change nothing",
            gallery, queries, input, cancellation);
    }
}
