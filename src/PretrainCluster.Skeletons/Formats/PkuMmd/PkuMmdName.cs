using System.Globalization;
using System.Text.RegularExpressions;

namespace PretrainCluster.Skeletons.Formats.PkuMmd;

/// <summary>The name of a sequence of PKU-MMD: 0002-L in phase I, A01N01-L in phase II.</summary>
/// <param name="Phase">1 or 2.</param>
/// <param name="Video">The name without an extension.</param>
/// <param name="Subject">N of phase II, by whose numbers its cross-subject list goes; -1 in phase I, whose names do not say.</param>
/// <param name="View">1 is left (L), 2 middle (M), 3 right (R).</param>
public readonly partial record struct PkuMmdName(int Phase, string Video, int Subject, int View)
{
    /// <param name="text">With or without .txt.</param>
    /// <param name="name">What it says.</param>
    public static bool TryParse(string text, out PkuMmdName name)
    {
        var match = Pattern().Match(text);
        name = default;
        if (!match.Success)
            return false;
        var subject = match.Groups["subject"];
        name = new PkuMmdName(
            subject.Success ? 2 : 1, match.Groups["video"].Value, subject.Success ? int.Parse(subject.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : -1,
            "LMR".IndexOf(match.Groups["view"].Value[0], StringComparison.Ordinal) + 1);
        return true;
    }

    [GeneratedRegex("^(?<video>([0-9]{4}|A[0-9]{2}N(?<subject>[0-9]{2}))-(?<view>[LMR]))([.]txt)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
