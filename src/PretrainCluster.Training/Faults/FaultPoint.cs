using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace PretrainCluster.Training.Faults;

/// <summary>
/// Named places at the boundaries of a step where a fault can be made to strike: off, and free, unless PRETRAIN_FAULT_POINTS asks for some when a worker
/// starts. Written POINT@STEP=ACTION, several separated by semicolons, e.g. <c>exchange@40=kill;forward@55=stop</c>. Each strikes one worker, once: the first
/// that gets there with so many steps applied claims it by a file of its number in the folder that PRETRAIN_FAULT_FOLDER names.
/// </summary>
public static class FaultPoint
{
    public const string Variable = "PRETRAIN_FAULT_POINTS", FolderVariable = "PRETRAIN_FAULT_FOLDER";

    const int Kill = 9, Stop = 19;

    static readonly Lock s_lock = new();
    static List<Fault>? s_armed;
    static string s_folder = "", s_worker = "";

    /// <summary>Where they are, in the order in which a step passes them; stage comes behind the checkpoint that a stage ends with; regroup and level lie between generations.</summary>
    public static IReadOnlyList<string> Names { get; } = ["forward", "exchange", "update", "snapshot", "commit", "stage", "regroup", "level"];

    /// <summary>What can strike: SIGKILL, SIGSTOP, or an error of the disk.</summary>
    public static IReadOnlyList<string> Actions { get; } = ["kill", "stop", "fail"];

    /// <summary>Arms what the environment asks for.</summary>
    /// <param name="specification">null or empty for nothing</param>
    /// <param name="folder">where faults are claimed; it must exist</param>
    /// <exception cref="InputException">The text cannot be read, or there is no folder.</exception>
    public static void Arm(string worker, string? specification, string? folder)
    {
        if (string.IsNullOrWhiteSpace(specification))
            return;
        if (!Directory.Exists(folder))
            throw new InputException($"{FolderVariable}: a folder is expected in which faults are claimed, not \"{folder}\"");
        (s_folder, s_worker) = (folder, worker);
        s_armed = [.. specification.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse)];
    }

    /// <summary>Strikes if a fault is due here.</summary>
    /// <param name="point">one of <see cref="Names"/></param>
    /// <param name="step">steps applied so far</param>
    public static void Reach(string point, long step)
    {
        if (s_armed is not null)
            Strike(point, step);
    }

    static void Strike(string point, long step)
    {
        Fault? due;
        lock (s_lock)
        {
            due = s_armed!.Find(fault => fault.Point == point && fault.Step <= step);
            if (due is null)
                return;
            s_armed.Remove(due);
        }
        if (!Claim(due, step))
            return;
        switch (due.Action)
        {
            case "kill":
                Signal(Kill);
                break;
            case "stop":
                Signal(Stop);
                break;
            case "fail":
                throw new IOException($"fault point {point} at step {step}");
            default:
                throw new UnreachableException();
        }
    }

    // Of several workers, and of those that are started in their place, exactly one creates the file.
    static bool Claim(Fault fault, long step)
    {
        try
        {
            using var claim = new StreamWriter(new FileStream(Path.Combine(s_folder, $"{fault.Number}.claim"), FileMode.CreateNew, FileAccess.Write));
            claim.Write(FormattableString.Invariant($"{Environment.ProcessId} {s_worker} {step}"));
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    static void Signal(int signal)
    {
        if (kill(Environment.ProcessId, signal) != 0)
            throw new IOException($"kill: error {Marshal.GetLastPInvokeError()}");
    }

    static Fault Parse(string text, int number)
    {
        var parts = text.Split('@', '=');
        return parts.Length == 3 && Names.Contains(parts[0]) && long.TryParse(parts[1], CultureInfo.InvariantCulture, out var step) && Actions.Contains(parts[2])
            ? new Fault(number, parts[0], step, parts[2])
            : throw new InputException($"{Variable}: POINT@STEP=ACTION is expected, with a point of {string.Join(", ", Names)} and an action of {string.Join(", ", Actions)}; not \"{text}\"");
    }

    [DllImport("libc", SetLastError = true)]
    static extern int kill(int process, int signal);

    sealed record Fault(int Number, string Point, long Step, string Action);
}
