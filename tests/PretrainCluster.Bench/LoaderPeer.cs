using System.Diagnostics;
using System.Globalization;

namespace PretrainCluster.Bench;

/// <summary>The public MAMP feeder in a Python process, timed by itself.</summary>
static class LoaderPeer
{
    const string Python = "/usr/bin/python3";

    public sealed record Figure(double ClipsPerSecond, string Torch);

    /// <returns>The figure, or the reason why there is none.</returns>
    public static (Figure? Feeder, string? Missing) Measure(string work, double seconds, int frames, int viewFrames, int clips)
    {
        var source = Environment.GetEnvironmentVariable("MAMP_SOURCE");
        if (string.IsNullOrEmpty(source))
            return (null, "MAMP_SOURCE is not set; it names a checkout of the public MAMP code");
        if (!File.Exists(Path.Combine(source, "feeder", "feeder_ntu.py")))
            return (null, "MAMP_SOURCE holds no feeder/feeder_ntu.py");
        if (!File.Exists(Python))
            return (null, $"there is no {Python}");

        var start = new ProcessStartInfo(Python) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-c", Script(), source, work, seconds.ToString(CultureInfo.InvariantCulture), $"{frames}", $"{viewFrames}", $"{clips}"])
            start.ArgumentList.Add(argument);
        foreach (var name in (string[])["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"])
            start.Environment[name] = "1";
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{Python} did not start.");
        var errors = process.StandardError.ReadToEndAsync();
        var words = process.StandardOutput.ReadToEnd().Split(' ', StringSplitOptions.TrimEntries);
        process.WaitForExit();
        return process.ExitCode == 0 && words is [var rate, var torch]
            ? (new(double.Parse(rate, CultureInfo.InvariantCulture), torch), null)
            : (null, $"it failed: {errors.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault()}");
    }

    static string Script()
    {
        using var stream = typeof(LoaderPeer).Assembly.GetManifestResourceStream("peer_loader.py")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
