using System.Text;

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

/// <summary>The published train/test protocols of NTU RGB+D (Shahroudy et al. 2016) and NTU RGB+D 120 (Liu et al. 2019).</summary>
public static class NtuSplits
{
    /// <summary>Setups 18 to 32 and actions 61 to 120 came with NTU RGB+D 120.</summary>
    public const int LastSetupOf60 = 17;

    static readonly HashSet<int> TrainPerformers60 = [1, 2, 4, 5, 8, 9, 13, 14, 15, 16, 17, 18, 19, 25, 27, 28, 31, 34, 35, 38];

    static readonly HashSet<int> TrainPerformers120 =
    [
        .. TrainPerformers60, 45, 46, 47, 49, 50, 52, 53, 54, 55, 56, 57, 58, 59, 70, 74, 78, 80, 81, 82, 83, 84, 85, 86, 89, 91, 92, 93, 94, 95, 97, 98, 100, 103,
    ];

    /// <summary>Cross-subject: the performers to train on. The 20 of NTU-60 are among the 53 of NTU-120, and no other of the first 40 is.</summary>
    public static bool TrainsCrossSubject(int performer) => TrainPerformers120.Contains(performer);

    /// <summary>Cross-view of NTU-60: cameras 2 and 3 train.</summary>
    public static bool TrainsCrossView(int camera) => camera is 2 or 3;

    /// <summary>Cross-setup of NTU-120: even setups train.</summary>
    public static bool TrainsCrossSetup(int setup) => setup % 2 == 0;
}

/// <summary>The published lists of samples whose skeletons are missing or wrong: one name a line, after some lines of prose in the official files.</summary>
public static class MissingList
{
    public static IReadOnlySet<string> Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: no such list of missing samples.");

        using var file = File.OpenRead(path);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var reader = new LineReader(file, path);
        while (reader.TryRead(out var line))
            if (NtuName.TryParse(Encoding.UTF8.GetString(line).AsSpan().Trim(), out var name))
                names.Add(name.ToString());
        return names.Count > 0 ? names : throw new InputException($"{path}: names no sample; expected names such as S001C002P005R002A008, one a line.");
    }
}
