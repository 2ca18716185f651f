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
