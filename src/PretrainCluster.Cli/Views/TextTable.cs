using System.Text;

namespace PretrainCluster.Cli.Views;

/// <summary>Columns lined up with spaces: the same text on a terminal, in a file and in a pipe. Numbers stand to the right.</summary>
public sealed class TextTable(params string[] headers)
{
    readonly List<string[]> rows = [];
    readonly HashSet<int> rightAligned = [];

    /// <summary>Columns that hold numbers, counted from 0.</summary>
    public TextTable AlignRight(params int[] columns)
    {
        rightAligned.UnionWith(columns);
        return this;
    }

    public void Add(params string[] cells)
    {
        if (cells.Length != headers.Length)
            throw new ArgumentException($"{cells.Length} cells for {headers.Length} columns", nameof(cells));
        rows.Add(cells);
    }

    public int Count => rows.Count;

    public void Write(TextWriter output, string indent = "")
    {
        var widths = headers.Select((h, i) => rows.Select(r => Width(r[i])).Append(Width(h)).Max()).ToArray();
        output.WriteLine(indent + Line(headers, widths));
        output.WriteLine(indent + string.Join("  ", widths.Select(w => new string('─', w))));
        foreach (var row in rows)
            output.WriteLine(indent + Line(row, widths));
    }

    string Line(string[] cells, int[] widths)
    {
        var line = new StringBuilder();
        for (var i = 0; i < cells.Length; i++)
        {
            var padding = new string(' ', widths[i] - Width(cells[i]));
            line.Append(rightAligned.Contains(i) ? padding + cells[i] : cells[i] + padding).Append("  ");
        }

        return line.ToString().TrimEnd();
    }

    static int Width(string text) => new StringInfo(text).LengthInTextElements;
}
