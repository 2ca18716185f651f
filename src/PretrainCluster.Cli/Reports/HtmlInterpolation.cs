using System.Runtime.CompilerServices;
using System.Text;

namespace PretrainCluster.Cli.Reports;

/// <summary>Builds markup from an interpolated string; whatever a run, a plan or a dataset says cannot become a tag.</summary>
[InterpolatedStringHandler]
public readonly ref struct HtmlInterpolation(int literalLength, int formattedCount)
{
    readonly StringBuilder markup = new(literalLength + 16 * formattedCount);

    public void AppendLiteral(string literal) => markup.Append(literal);

    public void AppendFormatted(Html part) => markup.Append(part.Markup);

    public void AppendFormatted(string? text)
    {
        foreach (var character in text ?? "")
            _ = character switch
            {
                '&' => markup.Append("&amp;"),
                '<' => markup.Append("&lt;"),
                '>' => markup.Append("&gt;"),
                '"' => markup.Append("&quot;"),
                '\'' => markup.Append("&#39;"),
                _ => markup.Append(character),
            };
    }

    public void AppendFormatted(long number) => markup.Append(CultureInfo.InvariantCulture, $"{number}");

    /// <summary>A coordinate, to a hundredth.</summary>
    public void AppendFormatted(double coordinate) => markup.Append(CultureInfo.InvariantCulture, $"{coordinate:0.##}");

    internal string Build() => markup.ToString();
}
