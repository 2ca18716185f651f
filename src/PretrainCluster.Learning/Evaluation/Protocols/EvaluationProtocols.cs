using PretrainCluster.Core;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>The protocols by name.</summary>
public static class EvaluationProtocols
{
    public static IReadOnlyList<IEvaluationProtocol> All { get; } =
    [
        new LinearProbe(),
        MampLinearProbe.Ntu,
        MampLinearProbe.PkuMmd1,
        MampLinearProbe.PkuMmd2,
        PublishedLinear.SkeletonContrast,
        PublishedLinear.CrosSclr,
        PublishedLinear.HiCo,
        PublishedLinear.UmUrl,
        PublishedLinear.Usdrl,
        new NearestNeighbours(),
        new NovelNeighbours(),
        new FewShot(),
        new OneShotNtu120(),
        new FineTune(),
        new SemiSupervised(stratified: false),
        new SemiSupervised(stratified: true),
        new ClusterQuality(),
        new RawNearestNeighbour(),
        new Supervised(),
    ];

    public static IEvaluationProtocol Find(string name)
        => All.FirstOrDefault(p => p.Name == name)
            ?? throw new InputException($"No evaluation protocol is called '{name}'; there are {string.Join(", ", All.Select(p => p.Name))}.");
}
