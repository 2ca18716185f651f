using System.Globalization;
using System.Runtime.InteropServices;

namespace PretrainCluster.Faults.Simulation;

/// <summary>What was simulated and what came of it.</summary>
public sealed class SimulationReport
{
    /// <summary>Events handed to a coordinator.</summary>
    public long Events { get; set; }
    public Dictionary<string, long> EventsByKind { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, long> CommandsByKind { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, long> FaultsByKind { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, long> RunsByEnd { get; } = new(StringComparer.Ordinal);
    public long LedgerEntries { get; set; }
    public long LocalChecks { get; set; }
    public long GlobalChecks { get; set; }

    /// <summary>Part of all slots' time in which a worker sat on them.</summary>
    public double Busy { get; set; }
    public TimeSpan Simulated { get; set; }
    public TimeSpan Elapsed { get; set; }
    public InvariantViolation? Violation { get; set; }

    internal void Event(string kind, long count = 1) => Add(EventsByKind, kind, count);

    internal void Fault(string kind) => Add(FaultsByKind, kind, 1);

    internal static void Add(Dictionary<string, long> counts, string kind, long count)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(counts, kind, out _) += count;
    }

    public void Print(TextWriter output, SimulationOptions options)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cluster      {options.Workers} slots on {(options.Workers + options.SlotsPerNode - 1) / options.SlotsPerNode} nodes, {Busy:P1} busy; {options.Runs} runs, {Simulated.TotalHours:0.##} simulated hours, seed {options.Seed}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"events       {Events:N0} in {Elapsed.TotalSeconds:0.0} s, {Events / Math.Max(Elapsed.TotalSeconds, 1e-3):N0} a second; {LedgerEntries:N0} ledger entries"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"invariants   {LocalChecks:N0} local checks, {GlobalChecks:N0} global ones"));
        Print(output, "events", EventsByKind);
        Print(output, "commands", CommandsByKind);
        Print(output, "faults", FaultsByKind);
        Print(output, "runs", RunsByEnd);
        if (Violation is { } violation)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"VIOLATED     at event {violation.Event:N0}, {violation.At:d\\.hh\\:mm\\:ss\\.ffffff}: {violation.Message}"));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"             the same line with --seed {options.Seed} leads to it again"));
        }
        else
        {
            output.WriteLine("no invariant broken");
        }
    }

    static void Print(TextWriter output, string title, Dictionary<string, long> counts)
    {
        foreach (var (kind, count) in counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{title,-12} {count,12:N0}  {kind}"));
            title = "";
        }
    }
}
