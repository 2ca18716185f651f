namespace PretrainCluster.Skeletons.Import;

/// <summary>Turns a source into a dataset, in memory that does not grow with its coordinates. The dataset appears whole or not at all.</summary>
public sealed class DatasetImport(ISkeletonSource source, ImportOptions options)
{
    /// <summary>What a split without its duplicates is called.</summary>
    public const string DistinctSuffix = "-distinct";

    readonly List<(ClipFacts Facts, CoordinateDigest Digest)> _clips = [];
    readonly List<LeftOutSample> _leftOut = [];

    /// <param name="folder">The dataset's.</param>
    /// <param name="progress">Told after every sample.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    /// <exception cref="InputException">Nothing in the source is usable, a split is unknown, or the folder is taken.</exception>
    public ImportReport Run(string folder, IProgress<ImportProgress>? progress = null, CancellationToken cancellation = default)
    {
        var rules = ChosenSplits();
        var facts = source.Facts;
        var name = options.Name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        var header = new DatasetHeader(name, facts.Layout, facts.Persons, facts.Classes, facts.Preprocessing, options.Coordinates);
        using var writer = new DatasetWriter(folder, header, new DatasetWriterOptions { Replace = options.Replace });

        foreach (var sample in source.Read())
        {
            cancellation.ThrowIfCancellationRequested();
            Take(sample, writer);
            progress?.Report(new ImportProgress(_clips.Count + _leftOut.Count, facts.Samples, _leftOut.Count));
        }

        foreach (var file in source.Files())
            writer.AddSource(file);
        foreach (var sample in _leftOut)
            writer.AddDefect(new SampleDefect(sample.Name, sample.Kind, sample.Reason));
        var duplicates = rules.SelectMany(rule => WriteSplit(SplitAssignment.Assign(rule, _clips), writer)).ToList();
        return new ImportReport(facts, writer.Commit(), _leftOut, duplicates);
    }

    List<SplitRule> ChosenSplits()
    {
        foreach (var name in options.Splits)
            if (source.Splits.All(split => split.Name != name))
                throw new InputException($"--splits {name}: this source knows {string.Join(", ", source.Splits.Select(split => split.Name))}.");
        return [.. source.Splits.Where(split => options.Splits.Count == 0 || options.Splits.Contains(split.Name))];
    }

    void Take(Sample sample, DatasetWriter writer)
    {
        if (sample is LeftOutSample leftOut)
        {
            _leftOut.Add(leftOut);
            return;
        }

        var clip = ((ReadSample)sample).Clip;
        try
        {
            writer.Add(clip);
            _clips.Add((new ClipFacts(clip.Name, clip.Label, clip.Subject, clip.View, clip.Setup), CoordinateDigest.Of(clip)));
        }
        catch (InputException problem)
        {
            _leftOut.Add(new LeftOutSample(clip.Name, DefectKind.Broken, problem.Message));
        }
    }

    IEnumerable<DuplicateClip> WriteSplit(SplitAssignment split, DatasetWriter writer)
    {
        var rule = split.Rule;
        var without = $"{rule.Description}; {split.Duplicates.Count} test clips whose coordinates are trained on left out";
        if (options.ExcludeDuplicates && split.Duplicates.Count > 0)
        {
            writer.AddSplit(rule.Name, split.Train, split.DistinctTest, without);
        }
        else
        {
            writer.AddSplit(rule.Name, split.Train, split.Test, rule.Description);
            if (split.Duplicates.Count > 0 && split.DistinctTest.Count > 0)
                writer.AddSplit(rule.Name + DistinctSuffix, split.Train, split.DistinctTest, without);
        }

        foreach (var (test, train) in split.Duplicates)
        {
            var duplicate = new DuplicateClip(rule.Name, _clips[(int)test].Facts.Name, _clips[(int)train].Facts.Name);
            writer.AddDefect(new SampleDefect(
                duplicate.Test, DefectKind.Duplicate, $"split {rule.Name} tests on it and trains on {duplicate.Train}, which has the same coordinates."));
            yield return duplicate;
        }
    }
}
