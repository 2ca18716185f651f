namespace PretrainCluster.Skeletons.Import.Preprocessing;

/// <summary>The preprocessing families by name.</summary>
public static class NtuPreprocessings
{
    public static IReadOnlyList<INtuPreprocessing> All { get; } =
        [new CtrGcnPreprocessing(repeatSinglePerson: false), new CtrGcnPreprocessing(repeatSinglePerson: true), new AgcnPreprocessing(), new NoPreprocessing()];

    public static INtuPreprocessing Find(string name)
    {
        var meant = name.ToLowerInvariant() switch
        {
            "a" => "ctr-gcn",
            "b" => "agcn",
            var other => other,
        };
        return All.FirstOrDefault(family => family.Name == meant)
            ?? throw new InputException($"--preprocess {name}: no such family; there are {string.Join(", ", All.Select(family => family.Name))}.");
    }
}
