namespace PretrainCluster.Skeletons.Formats.Ntu;

/// <summary>The five numbers in a file name of NTU RGB+D, SsssCcccPpppRrrrAaaa; all 1-based.</summary>
public readonly record struct NtuName(int Setup, int Camera, int Performer, int Replication, int Action)
{
    public const int Length = 20;

    /// <param name="text">With or without an extension.</param>
    /// <param name="name">The numbers.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out NtuName name)
    {
        name = default;
        if (text.Length < Length || (text.Length > Length && text[Length] != '.'))
            return false;

        Span<int> numbers = stackalloc int[5];
        for (var i = 0; i < 5; i++)
        {
            var part = text.Slice(4 * i, 4);
            if (char.ToUpperInvariant(part[0]) != "SCPRA"[i] || !int.TryParse(part[1..], System.Globalization.NumberStyles.None, null, out numbers[i]) || numbers[i] == 0)
                return false;
        }

        name = new NtuName(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
        return true;
    }

    public override string ToString() => $"S{Setup:000}C{Camera:000}P{Performer:000}R{Replication:000}A{Action:000}";
}
