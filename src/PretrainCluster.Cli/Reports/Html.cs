using System.Runtime.CompilerServices;
using System.Text;

namespace PretrainCluster.Cli.Reports;

/// <summary>A piece of a page that may be written as it is. Text becomes one only through <see cref="Of"/>, which escapes what it is given.</summary>
public readonly record struct Html(string Markup)
{
    public static readonly Html Empty = new("");

    /// <summary>Markup with holes: <c>Html.Of($"&lt;td&gt;{name}&lt;/td&gt;")</c>. A hole is escaped unless it is markup itself.</summary>
    public static Html Of(HtmlInterpolation markup) => new(markup.Build());

    public static Html Each<T>(IEnumerable<T> items, Func<T, Html> render) => new(string.Concat(items.Select(item => render(item).Markup)));

    public override string ToString() => Markup;
}

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
