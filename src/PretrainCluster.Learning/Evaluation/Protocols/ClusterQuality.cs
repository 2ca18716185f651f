using PretrainCluster.Learning.Evaluation.Numerics;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>Whether features cluster by class without any label: normalised mutual information of k-means with the classes, and the classes' silhouette. On the test side, times 100.</summary>
[Kind("clusters", "NMI of k-means with the classes, and the classes' silhouette; test side, no label used to fit")]
public sealed record ClusterQuality : EvaluationProtocol
{
    public override int Version => 2;
    public override ProtocolSubject Subject => ProtocolSubject.FrozenEncoder;

    public override ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation)
    {
        var test = input.Features.Test.Normalized();
        var classes = test.Labels.Distinct().Count();
        if (classes < 2)
            throw new InputException($"Protocol {Name}: the test side has clips of one class only; two are needed.");
        var agreements = new List<double>();
        foreach (var seed in input.Seeds)
        {
            input.Progress?.Invoke(new($"{Name}, seed {seed}", agreements.Count, input.Seeds.Count));
            agreements.Add(100 * ClusterMeasures.NormalizedMutualInformation(test.Labels, KMeans.Cluster(test, classes, seed, input.Lanes, cancellation)));
        }
        return new(
            $"L2-normalised features of the test side; k-means with k = {classes}, k-means++, best of 10 starts, NMI over the mean of the entropies; silhouette of the classes by cosine distance; both times 100",
            [
                Statistics.Summarize("NMI of k-means", input.Seeds, agreements),
                Statistics.Summarize("silhouette", [input.Seeds[0]], [100 * ClusterMeasures.Silhouette(test)]),
            ],
            Confusion: null);
    }
}
