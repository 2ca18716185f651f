using System.Text;
using System.Text.Json;
using PretrainCluster.Core;

namespace PretrainCluster.Skeletons.Tests.Import.Preprocessing;

/// <summary>
/// A made-up .skeleton file, and what the public preparations make of it. ntu-cases.json was written by a script (numpy 1.24) that printed each
/// file as <see cref="Text"/> does, then ran on it, unchanged but for np.int: MAMP's data/ntu get_raw_bodies_data, get_two_actors_points,
/// remove_missing_frames, seq_translation, align_frames (ctr-gcn), align_frames of data/ntu120 (ctr-gcn-120), and 2s-AGCN's read_xyz and
/// pre_normalization on 300 frames (agcn). Kept of each result: the frame count, the sum of all values and of their squares, and joints 0, 7 and 20
/// of every frame and person.
/// </summary>
public sealed record PublicCase(string Name, PublicCase.Body[] Bodies, int[][] Frames, Dictionary<string, PublicCase.Outcome> Expected)
{
    public sealed record Body(long Seed, ulong Id, int[] Centre, int[] Size, int Motion);

    public sealed record Outcome(int Frames, double Sum, double Squares, double[][][]? Joints);

    public static IReadOnlyList<PublicCase> All { get; } = Load();

    /// <summary>Coordinates are whole millimetres, so that the text is the same in any language.</summary>
    public string Text()
    {
        var text = new StringBuilder().Append(Frames.Length).Append('\n');
        for (var frame = 0; frame < Frames.Length; frame++)
        {
            text.Append(Frames[frame].Length).Append('\n');
            foreach (var body in Frames[frame].Select(index => Bodies[index]))
            {
                text.Append(body.Id).Append(" 0 1 1 1 1 0 0.1 -0.2 2\n25\n");
                for (var joint = 0; joint < 25; joint++)
                    text.Append($"{Metres(body, frame, joint, 0)} {Metres(body, frame, joint, 1)} {Metres(body, frame, joint, 2)} 1 2 3.5 4.5 0 0 0 1 2\n");
            }
        }

        return text.ToString();
    }

    static string Metres(Body body, int frame, int joint, int axis)
    {
        var noise = (((body.Seed * 31) + (frame * 7919L) + (joint * 104729L) + (axis * 1299709L)) % 1009) - 504;
        var place = (((body.Seed * 17) + (joint * 7907L) + (axis * 15485863L)) % 1013) - 506;
        var millimetres = body.Centre[axis] + Floor(body.Size[axis] * place, 506) + Floor(body.Motion * noise, 504);
        return $"{(millimetres < 0 ? "-" : "")}{Math.Abs(millimetres) / 1000}.{Math.Abs(millimetres) % 1000:000}";
    }

    static long Floor(long value, long divisor) => (long)Math.Floor(value / (double)divisor);

    static List<PublicCase> Load()
    {
        using var stream = typeof(PublicCase).Assembly.GetManifestResourceStream("ntu-cases.json")!;
        return JsonSerializer.Deserialize<List<PublicCase>>(stream, JsonText.Line)!;
    }
}
