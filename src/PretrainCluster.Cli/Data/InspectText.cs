namespace PretrainCluster.Cli.Data;

/// <summary>A dataset's summary as text.</summary>
static class InspectText
{
    const int BarWidth = 40;
    const int MostListed = 20;

    public static void Write(DatasetSummary summary, string folder, TextWriter output)
    {
        var dataset = summary.Description;
        var lengths = summary.Lengths;
        output.WriteLine($"{dataset.Name} in {folder}");
        output.WriteLine($"  clips          {Numbers.Count(dataset.Clips)}, {Numbers.Count(dataset.Frames)} frames; {Numbers.Bytes(summary.Bytes)} as {dataset.Coordinates.ToString().ToLowerInvariant()}");
        output.WriteLine($"  length         {lengths.Shortest} to {lengths.Longest} frames, median {lengths.Median}");
        output.WriteLine($"  joints         {dataset.Layout.Joints.Count} ({dataset.Layout.Name}), root {dataset.Layout.Root} {dataset.Layout.Joints[dataset.Layout.Root]}; {dataset.Persons} person{(dataset.Persons > 1 ? "s" : "")}");
        output.WriteLine($"  preprocessing  {dataset.Preprocessing}");
        output.WriteLine($"  classes        {dataset.Classes.Count}{Spread(dataset.Classes)}");
        output.WriteLine($"  subjects       {Known(dataset.Subjects)}");
        output.WriteLine($"  views          {Known(dataset.Views)}");
        if (dataset.Setups.Count > 0)
            output.WriteLine($"  setups         {Known(dataset.Setups)}");
        output.WriteLine($"  digest         {summary.Digest}");
        foreach (var source in dataset.Sources)
            output.WriteLine($"  from           {source.Name}, {Numbers.Bytes(source.Bytes)}, sha256 {source.Sha256}");

        WriteHistogram(lengths, output);
        WriteSplits(summary.Splits, output);
        WriteClasses(dataset.Classes, output);
        WriteDefects(dataset.Defects, output);
    }

    static void WriteHistogram(LengthSummary lengths, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine("clips by length in frames");
        var most = lengths.Histogram.DefaultIfEmpty(0).Max();
        for (var bin = 0; bin < lengths.Histogram.Count; bin++)
        {
            var count = lengths.Histogram[bin];
            var bar = new string('█', (int)Math.Ceiling(BarWidth * (double)count / most));
            output.WriteLine($"  {(bin * lengths.BinWidth) + 1,6}-{(bin + 1) * lengths.BinWidth,-6} {Numbers.Count(count),10}  {bar}".TrimEnd());
        }
    }

    static void WriteSplits(IReadOnlyList<SplitSummary> splits, TextWriter output)
    {
        if (splits.Count == 0)
            return;
        output.WriteLine();
        var table = new TextTable("split", "side", "clips", "classes", "subjects", "views", "median length").AlignRight(2, 3, 4, 5, 6);
        foreach (var split in splits)
            foreach (var (name, side) in new[] { ("train", split.Train), ("test", split.Test) })
                table.Add(split.Name, name, Numbers.Count(side.Clips), $"{side.Classes}", Count(side.Subjects), Count(side.Views), $"{side.Lengths.Median}");
        table.Write(output);
        foreach (var split in splits.Where(split => split.Rule is not null))
            output.WriteLine($"{split.Name}: {split.Rule}");
    }

    static void WriteClasses(IReadOnlyList<ClassDescription> classes, TextWriter output)
    {
        output.WriteLine();
        var table = new TextTable("label", "class", "clips").AlignRight(0, 2);
        for (var label = 0; label < classes.Count; label++)
            table.Add($"{label}", classes[label].Name, Numbers.Count(classes[label].Clips));
        table.Write(output);
    }

    static void WriteDefects(IReadOnlyList<SampleDefect> defects, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine(defects.Count == 0 ? "no defects" : $"defects: {string.Join(", ", defects.GroupBy(defect => defect.Kind).Select(kind => $"{kind.Count()} {ImportText.Word(kind.Key)}"))}");
        foreach (var defect in defects.Take(MostListed))
            output.WriteLine($"  {defect.Sample}  {ImportText.Word(defect.Kind)}: {defect.Reason}");
        if (defects.Count > MostListed)
            output.WriteLine($"  and {Numbers.Count(defects.Count - MostListed)} more, all in {DatasetDescription.FileName} and with --json");
    }

    static string Known(IReadOnlyList<int> numbers) => numbers.Count switch
    {
        0 => "unknown",
        <= 12 => $"{numbers.Count} ({string.Join(", ", numbers)})",
        _ => $"{numbers.Count} ({numbers[0]} to {numbers[^1]})",
    };

    static string Count(int known) => known == 0 ? "?" : $"{known}";

    static string Spread(IReadOnlyList<ClassDescription> classes) =>
        classes.Count == 0 ? "" : $", {Numbers.Count(classes.Min(one => one.Clips))} to {Numbers.Count(classes.Max(one => one.Clips))} clips each";
}
