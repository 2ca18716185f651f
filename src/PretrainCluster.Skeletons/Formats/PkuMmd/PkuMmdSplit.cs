using System.Text;

namespace PretrainCluster.Skeletons.Formats.PkuMmd;

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
