namespace PretrainCluster.Learning.Evaluation.Features;

/// <summary>The labelled clips of a split's two sides.</summary>
public sealed class EvaluationClips
{
    /// <exception cref="InputException">There is no such split, or a side has no labelled clip.</exception>
    public EvaluationClips(SkeletonDataset dataset, string split)
    {
        (Dataset, Split) = (dataset, split);
        var sides = dataset.Split(split);
        (Train, Test) = (Side(sides.Train, "training"), Side(sides.Test, "test"));
    }

    EvaluationClips(SkeletonDataset dataset, string split, ClipSide train, ClipSide test) => (Dataset, Split, Train, Test) = (dataset, split, train, test);

    /// <summary>
    /// The training side alone, in folds of whole subjects (<see cref="HeldOutClips"/>), each of them the test side once: what settings of a
    /// recipe are chosen on. The split's own test side is not in it.
    /// </summary>
    /// <exception cref="InputException">There is no such split, or too few clips.</exception>
    public static IReadOnlyList<EvaluationClips> HeldOutSubjects(SkeletonDataset dataset, string split, long seed)
    {
        var train = new EvaluationClips(dataset, split).Train;
        return [.. HeldOutClips.Draw(train.With(new float[train.Samples.Length], 1), seed).Select(fold =>
            new EvaluationClips(dataset, $"{split}, {fold.Rule}", train.Select(fold.Fit), train.Select(fold.HeldOut)))];
    }

    /// <summary>The clips of some classes alone; what is left out is left out of both sides.</summary>
    /// <exception cref="InputException">A side has none of these classes.</exception>
    public EvaluationClips Only(IReadOnlyCollection<int> classes)
    {
        var name = NameOf(Split, classes);
        return new(Dataset, name, Part(Train, "training"), Part(Test, "test"));

        ClipSide Part(ClipSide side, string which)
        {
            var rows = Enumerable.Range(0, side.Labels.Length).Where(row => classes.Contains(side.Labels[row])).ToArray();
            return rows.Length > 0 ? side.Select(rows) : throw new InputException($"{Dataset.Folder}: the {which} side of {name} has no clip, so there is nothing to evaluate.");
        }
    }

    /// <summary>What <see cref="Only"/> calls its split, e.g. "xsub, classes 0-1,3".</summary>
    public static string NameOf(string split, IEnumerable<int> classes) => $"{split}, classes {ClassRanges.Text(classes)}";

    public SkeletonDataset Dataset { get; }
    public string Split { get; }
    public ClipSide Train { get; }
    public ClipSide Test { get; }
    public int Classes => Dataset.Description.Classes.Count;
    public IReadOnlyList<string> ClassNames => [.. Dataset.Description.Classes.Select(c => c.Name)];

    ClipSide Side(IEnumerable<long> samples, string name)
    {
        var labelled = samples.Where(sample => Dataset.Label(sample) >= 0).ToArray();
        return labelled.Length > 0
            ? new(labelled, [.. labelled.Select(Dataset.Label)], [.. labelled.Select(Dataset.Subject)])
            : throw new InputException($"{Dataset.Folder}: the {name} side of split '{Split}' has no clip with a label, so there is nothing to evaluate.");
    }
}

/// <param name="Samples">indices in the dataset</param>
/// <param name="Labels">0-based classes</param>
/// <param name="Subjects">-1 where unknown</param>
public sealed record ClipSide(long[] Samples, int[] Labels, int[] Subjects)
{
    public FeatureSet With(float[] features, int width) => new(features, width, Labels, Subjects, Samples);

    internal ClipSide Select(IReadOnlyList<int> rows) => new([.. rows.Select(r => Samples[r])], [.. rows.Select(r => Labels[r])], [.. rows.Select(r => Subjects[r])]);
}
