using System.Globalization;
using System.Text.Json;

namespace PretrainCluster.Skeletons.Formats.NwUcla;

/// <summary>One sequence of NW-UCLA in the layout of CTR-GCN's release: <c>{"file_name", "skeletons": [frames][joints][3], "label": 1..}</c>.</summary>
public static class NwUclaParser
{
    public const int MaxFrames = 100_000;

    /// <summary>A sequence as it stands in the file.</summary>
    /// <param name="Label">1-based, as in the file.</param>
    /// <param name="Frames">Number of frames.</param>
    /// <param name="Positions">[frames, joints, 3], metres.</param>
    public sealed record Sequence(int Label, int Frames, float[] Positions);

    /// <param name="utf8">The file.</param>
    /// <param name="joints">How many joints every frame must have.</param>
    /// <param name="source">What error messages begin with.</param>
    public static Sequence Parse(ReadOnlySpan<byte> utf8, int joints, string source)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 16 });
        try
        {
            return Parse(ref reader, joints);
        }
        catch (Exception problem) when (problem is JsonException or FormatException or InvalidOperationException)
        {
            throw new InputException($"{source}, byte {reader.TokenStartIndex}: {Reason(problem)}", problem);
        }
    }

    static string Reason(Exception problem) =>
        problem is FormatException ? problem.Message : $"not JSON as expected ({problem.Message}).";

    static Sequence Parse(ref Utf8JsonReader reader, int joints)
    {
        int? label = null;
        List<float>? positions = null;
        Expect(ref reader, JsonTokenType.StartObject, "an object with 'skeletons' and 'label'");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("skeletons"u8))
                positions = ReadFrames(ref reader, joints);
            else if (reader.ValueTextEquals("label"u8))
                label = reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value) ? value : throw new FormatException("'label' is not a whole number.");
            else
                reader.Skip();
        }

        if (reader.TokenType != JsonTokenType.EndObject || reader.Read())
            throw new FormatException("expected one object and nothing after it.");
        if (positions is null)
            throw new FormatException("'skeletons' is missing.");
        return new Sequence(label ?? throw new FormatException("'label' is missing."), positions.Count / (joints * 3), [.. positions]);
    }

    static List<float> ReadFrames(ref Utf8JsonReader reader, int joints)
    {
        Expect(ref reader, JsonTokenType.StartArray, "'skeletons' to be an array of frames");
        var positions = new List<float>();
        var frames = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (++frames > MaxFrames)
                throw new FormatException($"more than {MaxFrames} frames.");
            Require(ref reader, JsonTokenType.StartArray, $"frame {frames} to be an array of joints");
            ReadFrame(ref reader, joints, frames, positions);
        }

        return positions;
    }

    static void ReadFrame(ref Utf8JsonReader reader, int joints, int frame, List<float> positions)
    {
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Require(ref reader, JsonTokenType.StartArray, $"joint {count} of frame {frame} to be [x, y, z]");
            if (++count > joints)
                break;
            for (var axis = 0; axis < 3; axis++)
                positions.Add(ReadCoordinate(ref reader, frame, count - 1));
            Expect(ref reader, JsonTokenType.EndArray, $"joint {count - 1} of frame {frame} to have three coordinates");
        }

        if (count != joints)
            throw new FormatException($"frame {frame} has {(count > joints ? "more than " + joints : count)} joints; the layout has {joints}.");
    }

    static float ReadCoordinate(ref Utf8JsonReader reader, int frame, int joint)
    {
        Expect(ref reader, JsonTokenType.Number, $"joint {joint} of frame {frame} to have three coordinates, all numbers");
        var value = (float)reader.GetDouble();
        return float.IsFinite(value) ? value : throw new FormatException($"joint {joint} of frame {frame} has a coordinate that is not finite.");
    }

    static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string what)
    {
        if (!reader.Read())
            throw new FormatException($"the file ends; expected {what}.");
        Require(ref reader, type, what);
    }

    static void Require(ref Utf8JsonReader reader, JsonTokenType type, string what)
    {
        if (reader.TokenType != type)
            throw new FormatException($"expected {what}.");
    }
}

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
