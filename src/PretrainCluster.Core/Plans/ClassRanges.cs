using System.Globalization;

namespace PretrainCluster.Core.Plans;

/// <summary>Classes as people write them: "0-7, 9" for 0 to 7 and 9.</summary>
public static class ClassRanges
{
    const int Most = 1_000_000;

    /// <exception cref="InputException">That is no list of classes.</exception>
    public static IReadOnlyList<int> Parse(string text)
    {
        var classes = new SortedSet<int>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !IsClass(ends[0], out var first) || !IsClass(ends[^1], out var last) || first > last)
                throw new InputException($"classes \"{text}\": numbers from 0 and ranges are expected, separated by commas, e.g. 60-119 or 0,6,12, not \"{part}\"");
            classes.UnionWith(Enumerable.Range(first, last - first + 1));
        }
        return [.. classes];
    }

    /// <summary>The shortest text that <see cref="Parse"/> reads back.</summary>
    public static string Text(IEnumerable<int> classes)
    {
        var parts = new List<(int First, int Last)>();
        foreach (var label in classes.Distinct().Order())
        {
            if (parts is [.., var (first, last)] && last + 1 == label)
                parts[^1] = (first, label);
            else
                parts.Add((label, label));
        }
        return string.Join(",", parts.Select(part => part.First == part.Last ? $"{part.First}" : $"{part.First}-{part.Last}"));
    }

    static bool IsClass(string text, out int label) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out label) && label <= Most;
}
