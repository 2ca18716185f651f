using System.Globalization;
using System.Text;

namespace PretrainCluster.Skeletons.Formats.PkuMmd;

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
