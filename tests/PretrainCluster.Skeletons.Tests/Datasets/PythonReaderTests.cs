using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using PretrainCluster.Skeletons.Datasets;

namespace PretrainCluster.Skeletons.Tests.Datasets;

public sealed partial class PythonReaderTests
{
    [PythonFact]
    public void Documentation_LinesOfPython_ReadAShard()
    {
        using var folder = new TemporaryFolder();
        var clip = TestClips.Draw(0, 4);
        TestClips.Write(folder["set"], [clip, TestClips.Draw(1, 2)], TestClips.Header(coordinates: CoordinateType.Float16));
        var code = PythonBlock().Match(File.ReadAllText(Checkout.At("docs", "dataset-format.md"))).Groups[1].Value;
        var start = new ProcessStartInfo(PythonFactAttribute.Python, ["-c", code + "\nprint(*clip.shape, clip[3, 1, 4, 2], *shard['labels'])\n"])
        {
            WorkingDirectory = folder["set"],
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        using var process = Process.Start(start)!;
        var words = process.StandardOutput.ReadToEnd().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Assert.True(words.Length == 7, process.StandardError.ReadToEnd());

        Assert.Equal(["4", "2", "5", "3"], words[..4]);
        Assert.Equal(clip.Positions[^1], float.Parse(words[4], CultureInfo.InvariantCulture), 0.005);
        Assert.Equal(["0", "1"], words[5..]);
    }

    [GeneratedRegex("```python\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex PythonBlock();
}
