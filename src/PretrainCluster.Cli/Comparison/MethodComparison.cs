namespace PretrainCluster.Cli.Comparison;

/// <summary>One figure of every method, the first of which the others are held against.</summary>
/// <param name="Title">protocol, version and settings</param>
/// <param name="Name">e.g. "accuracy", "k = 1"</param>
public sealed record ComparedFigure(string Title, string Data, string Name, IReadOnlyList<ComparedCell> Cells);

/// <param name="Figure">one run's over its protocol's seeds; several runs' over their means</param>
/// <param name="Difference">from the first method; null for that one, and where nothing is paired</param>
public sealed record ComparedCell(Measurement Figure, PairedDifference? Difference);

/// <summary>Methods side by side, in what they can be compared by: the same protocol, version, settings, data, split and novel classes.</summary>
/// <param name="Left">what was left out, and why, a line each</param>
public sealed record MethodComparison(IReadOnlyList<ComparedMethod> Methods, IReadOnlyList<ComparedFigure> Figures, IReadOnlyList<string> Left)
{
    /// <exception cref="InputException">There is nothing that all methods can be compared by.</exception>
    public static MethodComparison Of(IReadOnlyList<ComparedMethod> methods)
    {
        var runs = methods.SelectMany(method => method.Runs).ToList();
        var (figures, left) = (new List<ComparedFigure>(), new List<string>());
        foreach (var protocol in EvaluationComparison.InOrder(runs.SelectMany(run => run.Results)).Select(result => result.Protocol).Distinct())
        {
            var keys = runs.Select(run => run.Results.Where(result => result.Protocol == protocol).Select(EvaluationComparison.KeyOf).ToHashSet()).ToList();
            var shared = keys.Aggregate((one, other) => [.. one.Intersect(other)]);
            foreach (var key in shared)
                figures.AddRange(Compare(methods, key));
            if (shared.Count == 0)
                left.Add($"{protocol} is not compared: {WhyNot(protocol, runs)}");
        }
        return figures.Count > 0 ? new(methods, figures, left)
            : throw new InputException($"these runs cannot be compared: {string.Join("; ", left)}");
    }

    static IEnumerable<ComparedFigure> Compare(IReadOnlyList<ComparedMethod> methods, ComparisonKey key)
    {
        var results = methods.Select(method => method.Runs.Select(run => run.Results.First(result => EvaluationComparison.KeyOf(result) == key)).ToList()).ToList();
        var first = results[0][0];
        foreach (var name in first.Measurements.Select(figure => figure.Name).Where(name => results.All(of => of.All(result => Find(result, name) is not null))))
        {
            var figures = results.Select(of => of.Select(result => Find(result, name)!).ToList()).ToList();
            yield return new(
                EvaluationComparison.TitleOf(first), $"{first.Dataset}, {first.Split}{(first.NovelClasses.Count > 0 ? $", novel {ClassRanges.Text(first.NovelClasses)}" : "")}", name,
                [.. methods.Select((method, i) => new ComparedCell(Summary(method, figures[i]), i == 0 ? null : Difference(methods[0], figures[0], method, figures[i])))]);
        }
    }

    static Measurement Summary(ComparedMethod method, IReadOnlyList<Measurement> figures) =>
        figures.Count == 1 ? figures[0] : Statistics.Summarize(figures[0].Name, [.. method.Runs.Select(run => run.Seed)], [.. figures.Select(figure => figure.Mean)]);

    static PairedDifference? Difference(ComparedMethod one, IReadOnlyList<Measurement> ofOne, ComparedMethod other, IReadOnlyList<Measurement> ofOther)
    {
        if (ofOne.Count > 1 || ofOther.Count > 1)
            return one.Runs.Select(run => run.Seed).SequenceEqual(other.Runs.Select(run => run.Seed))
                ? PairedDifference.OverSeeds([.. ofOne.Select(figure => figure.Mean)], [.. ofOther.Select(figure => figure.Mean)]) : null;
        return ofOne[0].Right is { Length: > 0 } right && ofOther[0].Right is { } rightOfOther && right.Length == rightOfOther.Length
            ? PairedDifference.OverClips(right, ofOne[0].Values.Count, rightOfOther, ofOther[0].Values.Count) : null;
    }

    static Measurement? Find(EvaluationResult result, string name) => result.Measurements.FirstOrDefault(figure => figure.Name == name);

    static string WhyNot(string protocol, IReadOnlyList<ComparedRun> runs)
    {
        if (runs.FirstOrDefault(run => run.Results.All(result => result.Protocol != protocol)) is { } missing)
            return $"{missing.Name} has no result of it";
        var first = runs[0].Results.First(result => result.Protocol == protocol);
        var other = runs.First(run => run.Results.All(result => EvaluationComparison.KeyOf(result) != EvaluationComparison.KeyOf(first)));
        var theirs = other.Results.First(result => result.Protocol == protocol);
        var what = first.Version != theirs.Version ? ($"version {first.Version}", $"version {theirs.Version}")
            : first.Settings != theirs.Settings ? (first.Settings ?? "the protocol's own settings", theirs.Settings ?? "the protocol's own settings")
            : first.DatasetSha256 != theirs.DatasetSha256 ? ($"{first.Dataset} {first.DatasetSha256[..Math.Min(12, first.DatasetSha256.Length)]}", $"{theirs.Dataset} {theirs.DatasetSha256[..Math.Min(12, theirs.DatasetSha256.Length)]}")
            : first.Split != theirs.Split ? ($"split {first.Split}", $"split {theirs.Split}")
            : ($"novel classes {Novel(first)}", $"novel classes {Novel(theirs)}");
        return $"{runs[0].Name} has it with {what.Item1}, {other.Name} with {what.Item2}";
    }

    static string Novel(EvaluationResult result) => result.NovelClasses.Count > 0 ? ClassRanges.Text(result.NovelClasses) : "none";
}
