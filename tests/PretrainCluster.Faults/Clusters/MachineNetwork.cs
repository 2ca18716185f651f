using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace PretrainCluster.Faults.Clusters;

/// <summary>
/// Machines on one network, as far as one machine can have them: a network namespace each, with an address of its own, on a bridge. Whoever is cut off is
/// moved to a second bridge, so that those cut off together still reach each other.
/// </summary>
public sealed class MachineNetwork : IDisposable
{
    readonly string _id = RandomNumberGenerator.GetHexString(5, lowercase: true);
    readonly int _machines;

    /// <exception cref="InvalidOperationException">The kernel does not let this user; says why.</exception>
    public MachineNetwork(int machines)
    {
        _machines = machines;
        try
        {
            foreach (var bridge in (string[])[Together, Apart])
            {
                Ip("link", "add", bridge, "type", "bridge");
                Ip("link", "set", bridge, "up");
            }
            for (var machine = 0; machine < machines; machine++)
                Add(machine);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Why there can be none here; null where there can.</summary>
    public static string? Missing { get; } = Probe();

    string Together => $"pt{_id}a";

    string Apart => $"pt{_id}b";

    public string AddressOf(int machine) => string.Create(CultureInfo.InvariantCulture, $"10.0.0.{machine + 1}");

    /// <summary>What stands before a command line for it to be run on a machine.</summary>
    public IReadOnlyList<string> On(int machine) => ["nsenter", $"--net=/run/netns/{NameOf(machine)}"];

    /// <summary>Cuts machines off from all others, both ways; they still reach each other.</summary>
    public void Cut(params ReadOnlySpan<int> machines)
    {
        foreach (var machine in machines)
            Ip("link", "set", LinkOf(machine), "master", Apart);
    }

    public void Heal()
    {
        for (var machine = 0; machine < _machines; machine++)
            Ip("link", "set", LinkOf(machine), "master", Together);
    }

    public IReadOnlyList<int> ProcessesOn(int machine) =>
        [.. Ip("netns", "pids", NameOf(machine)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];

    /// <summary>What a power failure does to its processes.</summary>
    public void KillProcessesOn(int machine)
    {
        for (var left = ProcessesOn(machine); left.Count > 0; left = ProcessesOn(machine))
        {
            foreach (var process in left)
                PretrainProcess.Signal(process, 9);
            Thread.Sleep(10);
        }
    }

    public void Dispose()
    {
        for (var machine = 0; machine < _machines; machine++)
        {
            if (File.Exists($"/run/netns/{NameOf(machine)}"))
            {
                KillProcessesOn(machine);
                Ip("netns", "del", NameOf(machine));
            }
        }
        foreach (var bridge in ((string[])[Together, Apart]).Where(bridge => Directory.Exists($"/sys/class/net/{bridge}")))
            Ip("link", "del", bridge);
    }

    string NameOf(int machine) => string.Create(CultureInfo.InvariantCulture, $"pt{_id}-{machine}");

    string LinkOf(int machine) => string.Create(CultureInfo.InvariantCulture, $"pt{_id}v{machine}");

    void Add(int machine)
    {
        var name = NameOf(machine);
        Ip("netns", "add", name);
        Ip("link", "add", LinkOf(machine), "type", "veth", "peer", "name", "eth0", "netns", name);
        Ip("link", "set", LinkOf(machine), "master", Together, "up");
        Ip("-n", name, "address", "add", $"{AddressOf(machine)}/24", "dev", "eth0");
        Ip("-n", name, "link", "set", "eth0", "up");
        Ip("-n", name, "link", "set", "lo", "up");
    }

    static string? Probe()
    {
        try
        {
            using var network = new MachineNetwork(1);
            return null;
        }
        catch (Exception denied) when (denied is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return $"network namespaces need root and the command ip: {denied.Message}";
        }
    }

    static string Ip(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Result : throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {error.Result.Trim()}");
    }
}
