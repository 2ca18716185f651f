namespace PretrainCluster.Cli.Doctor;

/// <summary><c>pretrain doctor</c>: whether this machine can train, and the command that mends what keeps it from doing so.</summary>
public static class DoctorCommand
{
    public static Command Create()
    {
        var runs = RunsOption.Create();
        var json = new Option<bool>("--json") { Description = "one JSON array instead of lines" };
        var command = new Verb("doctor", "checks this machine and names what mends it")
        {
            Group = VerbGroup.Machine,
            Examples = [new("pretrain doctor", "exit code 1 if something is missing")],
        };
        command.Add(runs);
        command.Add(json);
        command.SetAction((parse, _) =>
        {
            var findings = Examine(parse.GetRequiredValue(runs));
            var output = parse.Output();
            if (parse.GetValue(json))
                output.WriteJson(findings);
            else
                Write(findings, output);
            return Task.FromResult(findings.Any(f => f.State == FindingState.Missing) ? Entry.Failed : Entry.Done);
        });
        return command;
    }

    static IReadOnlyList<Finding> Examine(string runs) =>
    [
        MachineChecks.Runtime(),
        MachineChecks.Processor(),
        MachineChecks.Memory(),
        MachineChecks.Disk(runs),
        MachineChecks.Writing(runs),
        .. TensorChecks.All(),
    ];

    /// <summary>Writes one line per finding, and below it what mends it.</summary>
    public static void Write(IReadOnlyList<Finding> findings, TextWriter output)
    {
        foreach (var finding in findings)
        {
            var mark = finding.State switch { FindingState.Good => "ok", FindingState.Warning => "warning", _ => "missing" };
            output.WriteLine($"{mark,-8} {finding.Name,-16} {finding.Detail}");
            if (finding.Mend is { } mend)
                output.WriteLine($"{"",-8} {"",-16} mend: {mend}");
        }

        var missing = findings.Count(f => f.State == FindingState.Missing);
        output.WriteLine();
        output.WriteLine(missing == 0 ? "This machine can train." : missing == 1 ? "One thing is missing." : $"{missing} things are missing.");
    }
}

public enum FindingState
{
    Good,

    /// <summary>Works, but slower or tighter than it could.</summary>
    Warning,

    /// <summary>Nothing runs before it is mended.</summary>
    Missing,
}

/// <summary>What one check found.</summary>
/// <param name="Name">what was looked at, e.g. "libtorch"</param>
/// <param name="Detail">what is there, or what is wrong</param>
/// <param name="Mend">the command or the change that mends it; null where nothing has to be</param>
public sealed record Finding(string Name, FindingState State, string Detail, string? Mend = null);
