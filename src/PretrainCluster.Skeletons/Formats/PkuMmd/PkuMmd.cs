using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PretrainCluster.Skeletons.Formats.PkuMmd;

/// <summary>A skeleton file of PKU-MMD: a line a frame, each of 150 numbers, 2 persons x 25 joints x 3 in metres. Who is absent is all zeros.</summary>
/// <param name="Frames">Lines of the file.</param>
/// <param name="Positions">[frames, 2, 25, 3]</param>
public sealed record PkuMmdSequence(int Frames, float[] Positions)
{
    public const int Persons = 2;
    public const int Joints = 25;

    /// <summary>Numbers a frame.</summary>
    public const int Stride = Persons * Joints * 3;

    public const int MaxFrames = 100_000;

    /// <exception cref="InputException">With file, line and reason.</exception>
    public static PkuMmdSequence Read(Stream stream, string source)
    {
        var reader = new LineReader(stream, source);
        var positions = new List<float>();
        var blank = false;
        while (reader.TryRead(out var line))
        {
            if (TextFields.IsBlank(line))
            {
                blank = true;
                continue;
            }

            if (blank)
                throw reader.Problem("frames follow an empty line; the file is damaged.");
            if (positions.Count == MaxFrames * Stride)
                throw reader.Problem($"more than {MaxFrames} frames cannot be one sequence.");
            ReadFrame(line, positions, reader);
        }

        return new PkuMmdSequence(positions.Count / Stride, [.. positions]);
    }

    static void ReadFrame(ReadOnlySpan<byte> line, List<float> positions, LineReader reader)
    {
        var count = 0;
        while (TextFields.Next(ref line) is { IsEmpty: false } field)
        {
            if (++count > Stride)
                break;
            if (!double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
                throw reader.Problem($"number {count} is none.");
            if (!float.IsFinite((float)value))
                throw reader.Problem($"number {count} is not finite.");
            positions.Add((float)value);
        }

        if (count != Stride)
            throw reader.Problem($"a frame has {Stride} numbers, 2 persons x 25 joints x 3; this line has {(count > Stride ? "more" : count)}.");
    }
}

/// <summary>One action in a sequence of PKU-MMD, a line <c>label,start,end,confidence</c> of its label file.</summary>
/// <param name="Line">1-based, in that file.</param>
/// <param name="Action">1-based, as in the file.</param>
/// <param name="Start">Its first frame, from 0.</param>
/// <param name="End">The frame after its last.</param>
/// <param name="Confidence">1 or 2, slight or strong; what PKU-MMD's authors give beside each action.</param>
public readonly record struct PkuMmdLabel(long Line, int Action, int Start, int End, int Confidence)
{
    const int MaxLabels = 10_000;
    const int Fields = 4;

    /// <summary>All lines of a label file; what the numbers say is not checked.</summary>
    /// <exception cref="InputException">With file, line and reason.</exception>
    public static IReadOnlyList<PkuMmdLabel> Read(Stream stream, string source)
    {
        var reader = new LineReader(stream, source);
        var labels = new List<PkuMmdLabel>();
        Span<int> numbers = stackalloc int[Fields];
        while (reader.TryRead(out var line))
        {
            var fields = Encoding.ASCII.GetString(line).Split(',', StringSplitOptions.TrimEntries);
            if (fields is [""])
                continue;
            if (fields.Length != Fields)
                throw reader.Problem($"expected label,start,end,confidence, which is {Fields} numbers; this line has {fields.Length}.");
            for (var i = 0; i < Fields; i++)
                if (!int.TryParse(fields[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out numbers[i]))
                    throw reader.Problem($"expected label,start,end,confidence, which are whole numbers; number {i + 1} is none.");
            if (labels.Count == MaxLabels)
                throw reader.Problem($"more than {MaxLabels} actions cannot be in one sequence.");
            labels.Add(new PkuMmdLabel(reader.Line, numbers[0], numbers[1], numbers[2], numbers[3]));
        }

        return labels;
    }
}

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

/// <summary>A split file of PKU-MMD: a line of prose, "Training videos:", the training sequences, "Validataion videos:" (spelt so), the others, each list one line with commas.</summary>
/// <param name="Train">Names of sequences, such as 0002-L.</param>
/// <param name="Test">The same.</param>
public sealed record PkuMmdSplit(IReadOnlySet<string> Train, IReadOnlySet<string> Test)
{
    /// <summary>The phase of every name in it.</summary>
    public required int Phase { get; init; }

    /// <exception cref="InputException">With file, line and reason.</exception>
    public static PkuMmdSplit Read(Stream stream, string source)
    {
        var reader = new LineReader(stream, source, LineReader.Longest);
        var sides = new[] { new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal) };
        var phases = new HashSet<int>();
        var side = -1;
        while (reader.TryRead(out var line))
        {
            var text = Encoding.ASCII.GetString(line).Trim();
            if (text.StartsWith("Train", StringComparison.OrdinalIgnoreCase) || text.StartsWith("Valid", StringComparison.OrdinalIgnoreCase) || text.StartsWith("Test", StringComparison.OrdinalIgnoreCase))
            {
                side++;
                if (side > 1 || side == 0 != text.StartsWith("Train", StringComparison.OrdinalIgnoreCase))
                    throw reader.Problem("expected 'Training videos:' and 'Validataion videos:' once each, in that order.");
                continue;
            }

            foreach (var video in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (!PkuMmdName.TryParse(video, out var name))
                    throw reader.Problem($"'{(video.Length > 20 ? video[..20] + "…" : video)}' is no sequence (named as 0002-L or A01N01-L).");
                if (side < 0)
                    throw reader.Problem("names sequences before 'Training videos:'.");
                if (sides[1 - side].Contains(name.Video))
                    throw reader.Problem($"{name.Video} is on both sides; a sequence belongs to one.");
                sides[side].Add(name.Video);
                phases.Add(name.Phase);
            }
        }

        if (sides.Any(names => names.Count == 0) || phases.Count > 1)
            throw new InputException($"{source}: is no split of PKU-MMD: it names {sides[0].Count} training and {sides[1].Count} other sequences{(phases.Count > 1 ? " of both phases" : "")}.");
        return new PkuMmdSplit(sides[0], sides[1]) { Phase = phases.Single() };
    }
}
