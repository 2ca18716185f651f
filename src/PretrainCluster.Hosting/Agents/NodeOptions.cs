using System.Globalization;

namespace PretrainCluster.Hosting.Agents;

/// <summary>What a node's agent is told once.</summary>
public sealed record NodeOptions
{
    public required string Node { get; init; }

    /// <summary>The folder whose agent this is: a run's on a single machine, the node's own in a cluster. The caller holds its lock.</summary>
    public required string Folder { get; init; }

    /// <summary>The folder of a run that workers of this node carry, by the run's name.</summary>
    public required Func<string, string> RunFolder { get; init; }

    /// <summary>
    /// The folder for what the agent keeps of a run's workers on this node, by the run's name; the run's own where null, as is right where no other node
    /// shares it.
    /// </summary>
    public Func<string, string>? WorkerFolder { get; init; }

    public required IReadOnlyList<DeviceSlot> Slots { get; init; }

    public required WorkerProgram Program { get; init; }

    /// <summary>Files that workers load kinds from, where a plan needs them.</summary>
    public IReadOnlyList<string> Extensions { get; init; } = [];

    /// <summary>The address under which other nodes reach this one's workers.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>
    /// File of the node's certificate, with which its workers meet those of other nodes; null on a machine of its own.
    /// </summary>
    public string? Certificate { get; init; }

    /// <summary>
    /// Slots for a plan's workers on this machine: cpu:0, cpu:1 and so on share its cores; cuda:N is followed by the devices after it, one for each worker.
    /// </summary>
    public static IReadOnlyList<DeviceSlot> SlotsFor(WorkersPlan workers)
    {
        if (workers.Device == "cpu")
            return [.. Enumerable.Range(0, workers.Max).Select(i => new DeviceSlot($"cpu:{i}", "cpu", ""))];
        var first = int.TryParse(workers.Device[(workers.Device.IndexOf(':') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        return [.. Enumerable.Range(first, workers.Max).Select(i => new DeviceSlot($"cuda:{i}", $"cuda:{i}", ""))];
    }
}

/// <summary>What the kernel says of a process, for those that are not this one's children: /proc/PID.</summary>
/// <param name="Started">in ticks since the machine's start: together with the id it names a process for good</param>
/// <param name="Memory">bytes resident</param>
readonly record struct ProcessFacts(int Id, long Started, long Memory)
{
    /// <summary>Null where there is no such process, or only its exit code is left of it.</summary>
    public static ProcessFacts? Read(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat");
            // The second field is the program's name in brackets, which may itself hold blanks and brackets.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            const int State = 0, StartTime = 19, Resident = 21;
            return fields[State] is "Z" or "X" ? null : new ProcessFacts(id, Number(fields[StartTime]), Number(fields[Resident]) * Environment.SystemPageSize);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);
}
