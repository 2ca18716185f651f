using System.Text.RegularExpressions;
using PretrainCluster.Core.Plans.Reading;

namespace PretrainCluster.Core.Plans;

/// <summary>Tables as YAML, read and checked as plans are.</summary>
public static partial class TableText
{
    /// <exception cref="InputException">The file cannot be read, or the table is wrong; one line for each problem.</exception>
    /// <param name="kinds">the protocols that there are</param>
    public static TablePlan Read(string path, PlanKinds kinds)
    {
        if (!File.Exists(path))
            throw new InputException($"There is no table {path}.");
        if (new FileInfo(path).Length > YamlReader.MaxCharacters * 4L)
            throw new InputException($"{path} is too large for a table.");
        var problems = new PlanProblems();
        var document = YamlReader.Read(File.ReadAllText(path), path, isOption: false, problems);
        if (document is not PlanMapping root)
        {
            problems.Throw();
            throw new InputException($"{path}: the keys of a table are expected: name, columns, rows and others (docs/tables.md)");
        }
        var table = new PlanBinder(PlanKinds.None, problems).BindTable(root);
        if (!problems.Any)
        {
            foreach (var (key, message) in Broken(table, kinds))
                problems.Add(root.OriginOf(key) ?? root.Origin, key, message);
        }
        problems.Throw();
        return table;
    }

    static IEnumerable<(string Key, string Message)> Broken(TablePlan table, PlanKinds kinds)
    {
        if (!Name().IsMatch(table.Name))
            yield return ("name", "letters, digits and '-' are expected, at most 40 in all: it begins the names of the runs");
        if (table.Rows.FirstOrDefault(row => !Name().IsMatch(row.Name)) is { } unnamed)
            yield return ("rows", $"letters, digits and '-' are expected as the name of a row, at most 40 in all, not \"{unnamed.Name}\"");
        if (table.Rows.Count == 0 || table.Rows.DistinctBy(row => row.Name).Count() < table.Rows.Count)
            yield return ("rows", "at least one row is expected, and each name once");
        if (table.Columns.Count == 0 || table.Columns.DistinctBy(column => column.Title).Count() < table.Columns.Count)
            yield return ("columns", "at least one column is expected, and each title once");
        if (table.Columns.FirstOrDefault(column => kinds.Find(typeof(ProtocolPlan), column.Protocol) is null) is { } unknown)
            yield return ("columns", $"there is no protocol \"{unknown.Protocol}\"; known are {string.Join(", ", kinds.Of(typeof(ProtocolPlan)).Select(kind => kind.Name))}");
        if (table.Seeds.Count == 0 || table.Seeds.Distinct().Count() < table.Seeds.Count)
            yield return ("seeds", "at least one seed is expected, and each once");
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9-]{0,39}\z")]
    private static partial Regex Name();
}
