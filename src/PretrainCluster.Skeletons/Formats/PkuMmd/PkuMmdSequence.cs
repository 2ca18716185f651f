using System.Globalization;

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
