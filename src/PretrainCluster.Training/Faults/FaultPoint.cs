using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using PretrainCluster.Core;

namespace PretrainCluster.Training.Faults;

/// <summary>
/// Named places at the boundaries of a step where a fault can be made to strike: off, and free, unless PRETRAIN_FAULT_POINTS asks for one when a worker
/// starts. Written WORKER:POINT@STEP=ACTION, several separated by semicolons, e.g. <c>w2:exchange@40=kill;w1:forward@55=stop</c>. Each strikes once.
/// </summary>
public static class FaultPoint
{
    public const string Variable = "PRETRAIN_FAULT_POINTS";

    /// <summary>Where they are, in the order in which a step passes them; regroup and commit lie between steps.</summary>
    public static IReadOnlyList<string> Names { get; } = ["forward", "exchange", "update", "snapshot", "commit", "regroup", "level"];

    static readonly Lock s_lock = new();
    static List<Fault>? s_armed;

    /// <summary>Arms what the environment asks of this worker.</summary>
    /// <exception cref="InputException">The text cannot be read.</exception>
    public static void Arm(string worker, string? specification)
    {
        if (string.IsNullOrWhiteSpace(specification))
            return;
        var faults = specification.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse).Where(fault => fault.Worker == worker).ToList();
        s_armed = faults.Count > 0 ? faults : null;
    }

    /// <summary>Strikes if a fault is armed here for this step or an earlier one.</summary>
    /// <param name="point">one of <see cref="Names"/></param>
    /// <param name="step">steps applied so far</param>
    public static void Reach(string point, long step)
    {
        if (s_armed is not null)
            Strike(point, step);
    }

    static void Strike(string point, long step)
    {
        Fault? struck;
        lock (s_lock)
        {
            struck = s_armed!.Find(fault => fault.Point == point && fault.Step <= step);
            if (struck is null || !s_armed.Remove(struck))
                return;
        }
        Console.Error.WriteLine($"fault point {struck.Point} at step {step}: {struck.Action}");
        switch (struck.Action)
        {
            case "kill":
                Signal(9);
                break;
            case "stop":
                Signal(19);
                break;
            case "fail":
                throw new IOException($"fault point {point} at step {step}");
            default:
                throw new UnreachableException();
        }
    }

    static void Signal(int signal)
    {
        if (kill(Environment.ProcessId, signal) != 0)
            throw new IOException($"kill: error {Marshal.GetLastPInvokeError()}");
    }

    static Fault Parse(string text)
    {
        var parts = text.Split(':', '@', '=');
        if (parts.Length != 4 || !Names.Contains(parts[1]) || !long.TryParse(parts[2], CultureInfo.InvariantCulture, out var step) || parts[3] is not ("kill" or "stop" or "fail"))
            throw new InputException($"{Variable}: WORKER:POINT@STEP=ACTION is expected, with a point of {string.Join(", ", Names)} and an action of kill, stop, fail; not \"{text}\"");
        return new Fault(parts[0], parts[1], step, parts[3]);
    }

    [DllImport("libc", SetLastError = true)]
    static extern int kill(int process, int signal);

    sealed record Fault(string Worker, string Point, long Step, string Action);
}
