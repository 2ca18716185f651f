using System.Globalization;

namespace PretrainCluster.Skeletons.Formats.NwUcla;

/// <summary>The four numbers in a file name of NW-UCLA, aAA_sSS_eEE_vVV; e counts from 0, the others from 1.</summary>
public readonly record struct NwUclaName(int Action, int Subject, int Repetition, int View)
{
    const int Length = 15;

    /// <param name="text">With or without an extension.</param>
    /// <param name="name">The numbers.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out NwUclaName name)
    {
        name = default;
        if (text.Length < Length || (text.Length > Length && text[Length] != '.'))
            return false;

        Span<int> numbers = stackalloc int[4];
        for (var i = 0; i < 4; i++)
        {
            var part = text.Slice(4 * i, 3);
            if (part[0] != "asev"[i] || (i > 0 && text[(4 * i) - 1] != '_') || !int.TryParse(part[1..], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
                return false;
        }

        name = new NwUclaName(numbers[0], numbers[1], numbers[2], numbers[3]);
        return true;
    }

    public override string ToString() => $"a{Action:00}_s{Subject:00}_e{Repetition:00}_v{View:00}";
}
