using System.Globalization;
using System.Text.RegularExpressions;

namespace PretrainCluster.Skeletons.Formats.UtdMhad;

/// <summary>The three numbers in a file name of UTD-MHAD, aA_sS_tT; all count from 1.</summary>
public readonly partial record struct UtdMhadName(int Action, int Subject, int Trial)
{
    /// <param name="text">With or without the _skeleton or an extension that follows.</param>
    /// <param name="name">The numbers.</param>
    public static bool TryParse(string text, out UtdMhadName name)
    {
        var match = Pattern().Match(text);
        name = match.Success ? new UtdMhadName(Number(match, 1), Number(match, 2), Number(match, 3)) : default;
        return match.Success;
    }

    public override string ToString() => FormattableString.Invariant($"a{Action}_s{Subject}_t{Trial}");

    static int Number(Match match, int group) => int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex("^a([1-9][0-9]?)_s([1-9][0-9]?)_t([1-9][0-9]?)(_skeleton)?([.].*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
