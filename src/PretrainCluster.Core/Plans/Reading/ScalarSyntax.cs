using System.Globalization;
using System.Text.RegularExpressions;

namespace PretrainCluster.Core.Plans.Reading;

/// <summary>How unquoted values are understood: the core schema of YAML 1.2 (section 10.3.2 of its specification).</summary>
static partial class ScalarSyntax
{
    public static bool? AsBoolean(string text) => text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => null,
    };

    public static long? AsInteger(string text)
    {
        if (DecimalInteger().IsMatch(text))
            return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
        if (HexadecimalInteger().IsMatch(text))
            return long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) && number >= 0 ? number : null;
        if (OctalInteger().IsMatch(text) && text.Length <= 22)
            return text.Skip(2).Aggregate(0L, (number, digit) => number * 8 + (digit - '0'));
        return null;
    }

    /// <summary>A finite number, whole or not.</summary>
    public static double? AsNumber(string text)
    {
        if (Number().IsMatch(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return double.IsFinite(number) ? number : null;
        return AsInteger(text);
    }

    /// <summary>True where an unquoted value would be something else than text.</summary>
    public static bool IsNotText(string text) =>
        text is "" or "~" or "null" or "Null" or "NULL" || AsBoolean(text) is not null || Number().IsMatch(text) || HexadecimalInteger().IsMatch(text)
        || OctalInteger().IsMatch(text) || NotFinite().IsMatch(text);

    [GeneratedRegex(@"^[-+]?[0-9]+\z")]
    private static partial Regex DecimalInteger();

    [GeneratedRegex(@"^0x[0-9a-fA-F]+\z")]
    private static partial Regex HexadecimalInteger();

    [GeneratedRegex(@"^0o[0-7]+\z")]
    private static partial Regex OctalInteger();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex Number();

    [GeneratedRegex(@"^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z")]
    private static partial Regex NotFinite();
}
