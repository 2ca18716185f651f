using PretrainCluster.Learning.Evaluation.Numerics;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>The floor under every encoder: the nearest training clip by Euclidean distance of root-centred coordinates under the evaluation view.</summary>
[Kind("raw-1nn", "nearest training clip by raw coordinates; needs no encoder")]
public sealed record RawNearestNeighbour : EvaluationProtocol
{
    public override int Version => 2;
    public override ProtocolSubject Subject => ProtocolSubject.RawCoordinates;

    public override ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation)
    {
        var (gallery, queries) = (input.Features.RawTrain, input.Features.RawTest);
        var nearest = NearestRows.ByDistance(gallery, queries, 1, input.Lanes, cancellation);
        var predicted = nearest.Select(n => gallery.Labels[n.Rows[0]]).ToArray();
        return new(
            "evaluation view, coordinates relative to the root joint of each frame, flattened; Euclidean distance, one neighbour; nothing random",
            [Statistics.Accuracies("k = 1", [input.Seeds[0]], queries.Labels, [predicted])],
            Accuracy.Confusion(queries.Labels, predicted, input.Classes));
    }
}
