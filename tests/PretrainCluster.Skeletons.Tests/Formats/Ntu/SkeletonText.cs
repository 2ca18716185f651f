using System.Text;
using PretrainCluster.Skeletons.Formats.Ntu;

namespace PretrainCluster.Skeletons.Tests.Formats.Ntu;

/// <summary>.skeleton files for tests, line by line.</summary>
static class SkeletonText
{
    public const ulong LongId = 72057594037944738;

    /// <param name="frames">Body ids of each frame.</param>
    public static List<string> Lines(params ulong[][] frames)
    {
        var lines = new List<string> { $"{frames.Length}" };
        for (var frame = 0; frame < frames.Length; frame++)
        {
            lines.Add($"{frames[frame].Length}");
            foreach (var id in frames[frame])
            {
                lines.Add($"{id} 0 1 1 1 1 0 0.01 -0.02 2");
                lines.Add("25");
                for (var joint = 0; joint < 25; joint++)
                    lines.Add($"{0.01 * (joint + frame):0.####} {-0.05 * joint:0.####} {3 + (0.1 * frame):0.####} 280.1 190.2 1000.3 500.4 0.1 0.2 0.3 0.4 2");
            }
        }

        return lines;
    }

    public static byte[] Bytes(IEnumerable<string> lines) => Encoding.ASCII.GetBytes(string.Join('\n', lines) + "\n");

    public static byte[] Clip(int frames = 3) => Bytes(Lines([.. Enumerable.Range(0, frames).Select(_ => new[] { LongId })]));

    public static NtuSequence Parse(byte[] bytes) => SkeletonParser.Parse(new MemoryStream(bytes), "S001C001P001R001A001", "a.skeleton");
}
