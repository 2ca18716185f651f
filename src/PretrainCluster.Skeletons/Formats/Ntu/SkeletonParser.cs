using System.Globalization;

namespace PretrainCluster.Skeletons.Formats.Ntu;

/// <summary>
/// The .skeleton text of NTU RGB+D: the frame count; per frame the body count; per body a line of 10 fields that begins with its id,
/// the joint count, and per joint a line of 12 fields that begins with x, y, z.
/// Everything is checked while it is read, and memory grows only with what was really there.
/// </summary>
public static class SkeletonParser
{
    public const int MaxFrames = 100_000;
    public const int MaxBodies = 32;
    const int BodyFields = 10;
    const int JointFields = 12;

    /// <exception cref="InputException">With file, line and reason.</exception>
    public static NtuSequence Parse(Stream stream, string name, string source)
    {
        var reader = new LineReader(stream, source);
        var count = ReadCount(reader, "the frame count", MaxFrames);
        var frames = new List<IReadOnlyList<NtuBody>>();
        for (var frame = 0; frame < count; frame++)
        {
            var bodies = ReadCount(reader, $"the body count of frame {frame + 1} of {count}", MaxBodies);
            var list = bodies == 0 ? [] : new NtuBody[bodies];
            for (var body = 0; body < bodies; body++)
                list[body] = ReadBody(reader, frame, count);
            frames.Add(list);
        }

        while (reader.TryRead(out var rest))
            if (!TextFields.IsBlank(rest))
                throw reader.Problem($"there is more text after the {count} frames that line 1 announces.");
        return new NtuSequence(name, frames);
    }

    static NtuBody ReadBody(LineReader reader, int frame, int frames)
    {
        var line = ReadLine(reader, $"a body of frame {frame + 1} of {frames}");
        var fields = TextFields.Count(line);
        if (fields != BodyFields)
            throw reader.Problem($"a body has {BodyFields} fields, this line has {fields}.");
        if (!ulong.TryParse(TextFields.Next(ref line), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            throw reader.Problem("the body id is not a number.");

        if (ReadCount(reader, "the joint count", int.MaxValue) is var joints && joints != NtuSequence.Joints)
            throw reader.Problem($"a body of NTU RGB+D has {NtuSequence.Joints} joints, this one {joints}.");

        var positions = new double[NtuSequence.Joints * 3];
        for (var joint = 0; joint < NtuSequence.Joints; joint++)
            ReadJoint(reader, frame, frames, positions.AsSpan(joint * 3, 3));
        return new NtuBody(id, positions);
    }

    static void ReadJoint(LineReader reader, int frame, int frames, Span<double> position)
    {
        var line = ReadLine(reader, $"a joint of frame {frame + 1} of {frames}");
        var fields = TextFields.Count(line);
        if (fields != JointFields)
            throw reader.Problem($"a joint has {JointFields} fields, this line has {fields}.");

        for (var axis = 0; axis < 3; axis++)
        {
            if (!double.TryParse(TextFields.Next(ref line), NumberStyles.Float, CultureInfo.InvariantCulture, out position[axis]))
                throw reader.Problem($"coordinate {"xyz"[axis]} is not a number.");
            if (!float.IsFinite((float)position[axis]))
                throw reader.Problem($"coordinate {"xyz"[axis]} is not finite.");
        }
    }

    static int ReadCount(LineReader reader, string what, int most)
    {
        var line = ReadLine(reader, what);
        var field = TextFields.Next(ref line);
        if (!int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || !TextFields.IsBlank(line))
            throw reader.Problem($"expected {what}, found no whole number.");
        if (count > most)
            throw reader.Problem($"{what} is {count}; more than {most} cannot be right.");
        return count;
    }

    static ReadOnlySpan<byte> ReadLine(LineReader reader, string what) =>
        reader.TryRead(out var line) ? line : throw reader.Problem($"the file ends where {what} should follow; it is truncated or its frame count is wrong.");
}

/// <summary>A body in one frame of a .skeleton file.</summary>
/// <param name="Id">The Kinect's 64-bit tracking id.</param>
/// <param name="Joints">[25, 3], metres in camera space, as precise as the text.</param>
public sealed record NtuBody(ulong Id, double[] Joints);

/// <summary>What a .skeleton file holds: the bodies of each frame in the order of the file. A frame may have none.</summary>
public sealed record NtuSequence(string Name, IReadOnlyList<IReadOnlyList<NtuBody>> Frames)
{
    public const int Joints = 25;
}
