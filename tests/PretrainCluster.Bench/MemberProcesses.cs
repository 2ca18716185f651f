using System.Diagnostics;
using System.Globalization;

namespace PretrainCluster.Bench;

/// <summary>Processes that do something together, each told by lines on its standard input and answering with lines.</summary>
sealed class MemberProcesses : IDisposable
{
    readonly List<Process> _processes = [];
    readonly List<string> _said = [];

    public int Count => _processes.Count;

    public void Add(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in (string[])["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"])
            start.Environment[name] = "1";
        start.Environment["GLOO_SOCKET_IFNAME"] = "lo";
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_said)
                _said.Add(line.Data ?? "");
        };
        process.BeginErrorReadLine();
        _processes.Add(process);
    }

    public void Tell(string line)
    {
        foreach (var process in _processes)
            process.StandardInput.WriteLine(line);
    }

    /// <summary>The next line of each.</summary>
    /// <exception cref="InvalidOperationException">One has ended.</exception>
    public string[] Hear() => [.. _processes.Select(process => process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"It ended at once: {LastSaid(process)}"))];

    /// <summary>Rounds that all begin together: each as long as its slowest member took, with the processor time of all.</summary>
    public IEnumerable<Timing> Time(int floats, int rounds)
    {
        Tell($"time {floats} {rounds}");
        var members = Hear().Select(line => line.Split(' ').Select(Read).ToArray()).ToArray();
        return Enumerable.Range(0, rounds).Select(round => new Timing(members.Max(member => member[round].Wall), members.Sum(member => member[round].Processor)));
    }

    /// <summary>SHA-256 of the sum over micro-batches, by member.</summary>
    public string[] Bits(int floats, int microBatches)
    {
        Tell($"bits {floats} {microBatches}");
        return Hear();
    }

    public void Dispose()
    {
        foreach (var process in _processes)
            process.StandardInput.Close();
        foreach (var process in _processes)
        {
            process.WaitForExit();
            process.Dispose();
        }
    }

    static Timing Read(string text)
    {
        var seconds = text.Split(':');
        return new(double.Parse(seconds[0], CultureInfo.InvariantCulture), double.Parse(seconds[1], CultureInfo.InvariantCulture));
    }

    string LastSaid(Process process)
    {
        process.WaitForExit();
        lock (_said)
            return _said.LastOrDefault(line => line.Length > 0) ?? "it said nothing";
    }
}
