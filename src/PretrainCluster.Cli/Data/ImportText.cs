using PretrainCluster.Skeletons.Import;

namespace PretrainCluster.Cli.Data;

/// <summary>What an import did, in lines that can be read and searched.</summary>
static class ImportText
{
    public static void Write(ImportReport report, string folder, TextWriter output)
    {
        var dataset = report.Dataset;
        if (report.LeftOut.Count > 0)
        {
            output.WriteLine($"left out {Samples(report.LeftOut.Count)}:");
            foreach (var sample in report.LeftOut)
                output.WriteLine($"  {sample.Name}  {Word(sample.Kind)}: {sample.Reason}");
        }

        foreach (var split in report.Duplicates.GroupBy(duplicate => duplicate.Split))
            WriteDuplicates(split.Key, [.. split], dataset, output);

        output.WriteLine($"{folder}: {Numbers.Count(dataset.Clips)} clips, {Numbers.Count(dataset.Frames)} frames ({dataset.ShortestClip} to {dataset.LongestClip} a clip), "
            + $"{dataset.Classes.Count} classes, layout {dataset.Layout.Name}, {dataset.Persons} person{(dataset.Persons > 1 ? "s" : "")}, preprocessing {dataset.Preprocessing}");
        foreach (var split in dataset.Splits)
            output.WriteLine($"  split {split.Name}: {Numbers.Count(split.Train)} train, {Numbers.Count(split.Test)} test ({split.Rule})");
        foreach (var note in report.Facts.Notes)
            output.WriteLine($"  {note}");
        if (report.Facts.Unknown.Count > 0)
            output.WriteLine($"  the source does not say: {string.Join(", ", report.Facts.Unknown)}");
    }

    public static string Word(DefectKind kind) => kind.ToString().ToLowerInvariant();

    static void WriteDuplicates(string split, IReadOnlyList<DuplicateClip> duplicates, DatasetDescription dataset, TextWriter output)
    {
        var distinct = dataset.Splits.FirstOrDefault(other => other.Name == split + DatasetImport.DistinctSuffix);
        output.WriteLine($"split {split} tests on {Samples(duplicates.Count)} whose coordinates it also trains on; "
            + (distinct is null ? "left out of its test side:" : $"kept, split {distinct.Name} is without them:"));
        foreach (var duplicate in duplicates)
            output.WriteLine($"  {duplicate.Test} = {duplicate.Train}");
    }

    static string Samples(int count) => count == 1 ? "1 sample" : $"{Numbers.Count(count)} samples";
}
