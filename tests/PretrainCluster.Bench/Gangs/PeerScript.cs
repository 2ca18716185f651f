using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace PretrainCluster.Bench.Gangs;

/// <summary>Debian's PyTorch, for the measurements that it is the peer of.</summary>
static class PeerScript
{
    public const string Python = "/usr/bin/python3";

    /// <summary>Why there is no peer; null where there is one.</summary>
    public static string? Missing() => !File.Exists(Python) ? $"there is no {Python}"
        : string.IsNullOrEmpty(Environment.GetEnvironmentVariable("MAMP_SOURCE")) ? "MAMP_SOURCE is not set; it names a checkout of the public MAMP code" : null;

    /// <summary>Writes a script of this assembly into a folder, for launchers that want a file.</summary>
    public static string Write(string name, string folder)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        var path = Path.Combine(folder, name);
        using var file = File.Create(path);
        resource.CopyTo(file);
        return path;
    }

    /// <summary>Python with one thread, its output dropped but for the end of what it complains about.</summary>
    public static Process Start(IEnumerable<string> arguments, List<string> complaints)
    {
        var start = new ProcessStartInfo(Python) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var name in (string[])["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"])
            start.Environment[name] = 1.ToString(CultureInfo.InvariantCulture);
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (complaints)
                complaints.Add(line.Data ?? "");
        };
        process.OutputDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }
}
