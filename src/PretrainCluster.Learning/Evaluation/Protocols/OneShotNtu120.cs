using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Numerics;
using PretrainCluster.Skeletons.Formats.Ntu;
using PretrainCluster.Skeletons.Import;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>
/// The one-shot protocol of NTU RGB+D 120 (Liu et al., TPAMI 2019): 20 novel classes, A001, A007, ..., A115; one fixed exemplar each, replication 1 of performer 8
/// before camera 3 in setup 1 (from A061 on in setup 18); every other clip of these classes is a query, whichever side of the split it is on. Nearest exemplar by cosine.
/// </summary>
[Kind(
    "one-shot/ntu-120", "NTU RGB+D 120's own one-shot protocol: 20 novel classes, fixed exemplars, all other clips of these classes are queries")]
public sealed record OneShotNtu120 : EvaluationProtocol
{
    const int Classes = 120, Stride = 6;

    public override int Version => 2;
    public override ProtocolSubject Subject => ProtocolSubject.FrozenEncoder;
    public override bool OnNovelClasses => true;

    /// <summary>0, 6, ..., 114.</summary>
    public static IReadOnlyList<int> NovelClasses { get; } = [.. Enumerable.Range(0, Classes / Stride).Select(i => Stride * i)];

    public static string ExemplarOf(int label) => new NtuName(label < NtuClasses.CountOf60 ? 1 : 18, 3, 8, 1, label + 1).ToString();

    public override ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation)
    {
        if (input.Classes != Classes)
            throw new InputException($"Protocol {Name}: the dataset has {input.Classes} classes, not the {Classes} of NTU RGB+D 120.");
        if (NovelClasses.Except(input.NovelClasses).Any())
            throw new InputException($"Protocol {Name}: its novel classes are {string.Join(",", NovelClasses)}; say that pretraining did not see them, with data.hold_out_classes or --novel.");
        var clips = input.Labelled?.Clips ?? throw new InvalidOperationException($"protocol {Name} needs the clips' names");
        var all = FeatureSet.Join(input.Features.Train.Normalized().OfClasses(NovelClasses), input.Features.Test.Normalized().OfClasses(NovelClasses));
        var rowOf = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var row = 0; row < all.Clips; row++)
            rowOf[Path.GetFileNameWithoutExtension(clips.Dataset.Name(all.Samples[row]))] = row;
        var missing = NovelClasses.Select(ExemplarOf).FirstOrDefault(name => !rowOf.ContainsKey(name));
        if (missing is not null)
            throw new InputException($"Protocol {Name}: split {clips.Split} has no clip {missing}, the exemplar of its class; import NTU RGB+D 120 from what names its clips (.skeleton files, or pyskl's or ST-GCN's files), whole.");

        var exemplars = NovelClasses.Select(label => rowOf[ExemplarOf(label)]).ToArray();
        var gallery = all.Select(exemplars);
        var queries = all.Select([.. Enumerable.Range(0, all.Clips).Except(exemplars)]);
        if (queries.Clips == 0)
            throw new InputException($"Protocol {Name}: split {clips.Split} has no clip of the novel classes besides the exemplars.");
        var predicted = NearestRows.Nearest(gallery, queries).Select(nearest => gallery.Labels[nearest]).ToArray();
        return new(
            $"{NovelClasses.Count} novel classes, the official exemplars, {queries.Clips} queries from both sides of the split; L2-normalised features, cosine; nothing random, seeds change nothing",
            [Statistics.Accuracies("1-shot", [input.Seeds[0]], queries.Labels, [predicted])],
            Accuracy.Confusion(queries.Labels, predicted, input.Classes));
    }
}
