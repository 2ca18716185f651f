namespace PretrainCluster.Skeletons.Import;

/// <summary>The splits of a pyskl pickle, which stand there as two lists of names each: xsub_train and xsub_val, train1 and test1, train and val.</summary>
static class PysklSplits
{
    /// <summary>The rules, and in words what of the lists could not be used.</summary>
    /// <param name="splits">Names by list.</param>
    /// <param name="clips">Names of the annotations.</param>
    /// <param name="unnamed">What train and val alone are called; null for "file".</param>
    /// <param name="source">What error messages begin with.</param>
    public static (IReadOnlyList<SplitRule> Rules, IReadOnlyList<string> Notes) Find(Dictionary<object, object?> splits, IEnumerable<string> clips, string? unnamed, string source)
    {
        var lists = splits.ToDictionary(split => split.Key as string ?? throw new InputException($"{source}: a split's name is no text."), split => Names(split.Key, split.Value, source));
        var known = clips.ToHashSet(StringComparer.Ordinal);
        var (rules, notes) = (new List<SplitRule>(), new List<string>());
        var used = new HashSet<string>();
        foreach (var train in lists.Keys.Where(name => name.Contains("train", StringComparison.Ordinal)))
        {
            if (new[] { "val", "test" }.Select(test => train.Replace("train", test, StringComparison.Ordinal)).FirstOrDefault(lists.ContainsKey) is not { } held)
                continue;
            if (lists[train].FirstOrDefault(lists[held].Contains) is { } both)
                throw new InputException($"{source}: splits {train} and {held} both have {both}; a clip belongs to one side.");
            used.UnionWith([train, held]);
            rules.Add(Rule(Name(train, unnamed), train, held, lists));
            if (lists[train].Concat(lists[held]).Count(name => !known.Contains(name)) is > 0 and var missing)
                notes.Add($"splits {train} and {held} name {missing} clips that have no annotation");
        }

        notes.AddRange(lists.Keys.Where(name => !used.Contains(name)).Select(name => $"split {name} has no other side and is left out"));
        return (rules, notes);
    }

    static SplitRule Rule(string name, string train, string held, Dictionary<string, HashSet<string>> lists) => new(
        name, $"the file's lists {train} and {held}",
        clip => lists[train].Contains(clip.Name) ? SplitSide.Train : lists[held].Contains(clip.Name) ? SplitSide.Test : SplitSide.Neither);

    static string Name(string train, string? unnamed)
    {
        var rest = train.Replace("train", "", StringComparison.Ordinal).Trim('_', '-');
        return rest.Length == 0 ? unnamed ?? "file" : rest.All(char.IsAsciiDigit) ? $"split{rest}" : rest;
    }

    static HashSet<string> Names(object list, object? value, string source) =>
        value is List<object?> names && names.All(name => name is string)
            ? names.Cast<string>().ToHashSet(StringComparer.Ordinal)
            : throw new InputException($"{source}: split {list} is no list of names.");
}
