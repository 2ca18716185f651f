using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Numerics;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Evaluation;

/// <summary>
/// Weighted kNN on a part of the training split, to see how features come along while a run trains. The queries are a fold of whole training subjects, where
/// the dataset knows them (<see cref="HeldOutClips"/>), the gallery is the rest. The test side is not read, so a checkpoint may be chosen by it.
/// </summary>
public sealed class NeighbourMonitor
{
    readonly Plan _plan;
    readonly SkeletonDataset _dataset;
    readonly ClipSide _gallery, _queries;

    /// <summary>Draws the clips, by the plan's seed; classes held out of pretraining are not among them.</summary>
    /// <exception cref="InputException">There are too few.</exception>
    public NeighbourMonitor(Plan plan, SkeletonDataset dataset)
    {
        (_plan, _dataset) = (plan, dataset);
        var train = new EvaluationClips(dataset, plan.Data.Split).Train;
        var seen = Enumerable.Range(0, train.Labels.Length).Where(row => !plan.Data.HoldOutClasses.Contains(train.Labels[row])).ToArray();
        var random = EvaluationStream.Subsample.Random(plan.Seed);
        random.Shuffle(seen.AsSpan());
        var chosen = train.Select([.. seen.Take(plan.Evaluation.Monitor.Clips).Order()]);
        var fold = HeldOutClips.Draw(chosen.With(new float[chosen.Samples.Length], 1), plan.Seed)[0];
        (_gallery, _queries) = (chosen.Select(fold.Fit), chosen.Select(fold.HeldOut));
        Description = $"{_queries.Samples.Length} training clips among {_gallery.Samples.Length} others, {fold.Rule}";
    }

    /// <summary>Which clips, in words.</summary>
    public string Description { get; }

    /// <summary>Accuracy in per cent for each number of neighbours that the gallery has clips for.</summary>
    /// <param name="encoder">in evaluation mode</param>
    public IReadOnlyList<(int Neighbours, double Accuracy)> Measure(SkeletonEncoder encoder, Device device, LanePool lanes, CancellationToken cancellation = default)
    {
        var (settings, clip) = (_plan.Evaluation.Monitor, new SkeletonClipEncoder(encoder, ClipShape.Of(_dataset, _plan.View.Frames), device));
        var maker = new Skeletons.Views.ViewMaker(_dataset, _plan.View);
        var (gallery, queries) = (Features(_gallery), Features(_queries));
        var usable = settings.Neighbours.Where(k => k <= gallery.Clips).DefaultIfEmpty(gallery.Clips).ToList();
        var nearest = NearestRows.ByCosine(gallery, queries, usable[^1], lanes, cancellation);
        return [.. usable.Select(k => (k, Accuracy.Percent(queries.Labels, [.. nearest.Select(near => WeightedVote.Of(near.Rows, near.Scores, gallery.Labels, k, settings.Temperature))])))];

        FeatureSet Features(ClipSide side) =>
            side.With(new FeatureExtraction(clip, maker.Length, lanes).Run(side.Samples, maker.MakeEvaluation, cancellation: cancellation), clip.Width).Normalized();
    }
}
