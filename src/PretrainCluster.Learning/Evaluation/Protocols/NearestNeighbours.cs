using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Numerics;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>
/// kNN retrieval as the field's scripts do it: L2-normalised features, cosine, gallery = the whole training side, queries = the test side,
/// uniform majority vote with scikit-learn's ties (the smallest class); k = 1 is the headline. Nothing is random, so there is one value.
/// </summary>
[Kind("knn", "cosine k-nearest neighbours, gallery = training side, k = 1, 2, 5, 10")]
public sealed record NearestNeighbours : EvaluationProtocol
{
    static readonly int[] Neighbours = [1, 2, 5, 10];

    public override int Version => 2;
    public override ProtocolSubject Subject => ProtocolSubject.FrozenEncoder;

    public override ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation)
    {
        input.Progress?.Invoke(new(Name, 0, 1));
        return Evaluate(
            "L2-normalised features, cosine, gallery = training side, uniform vote, ties to the smallest class; nothing random, seeds change nothing",
            input.Features.Train.Normalized(), input.Features.Test.Normalized(), input, cancellation);
    }

    internal static ProtocolOutcome Evaluate(string description, FeatureSet gallery, FeatureSet queries, EvaluationInput input, CancellationToken cancellation)
    {
        var usable = Neighbours.Where(k => k <= gallery.Clips).ToArray();
        var nearest = NearestRows.ByCosine(gallery, queries, usable[^1], input.Lanes, cancellation);
        var predicted = usable.Select(k => nearest.Select(n => MajorityVote.Of(n.Rows, gallery.Labels, k)).ToArray()).ToArray();
        return new(
            description,
            [.. usable.Select((k, i) => Statistics.Accuracies($"k = {k}", [input.Seeds[0]], queries.Labels, [predicted[i]]))],
            Accuracy.Confusion(queries.Labels, predicted[0], input.Classes));
    }
}
