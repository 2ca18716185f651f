namespace PretrainCluster.Hosting.Workers;

/// <summary>What an agent tells a worker process on its command line.</summary>
/// <param name="Link">the agent's socket</param>
/// <param name="TokenFile">what opens it</param>
/// <param name="Worker">its name, never used before</param>
/// <param name="Slot">of the node that it runs on</param>
/// <param name="Device">cpu or cuda:N</param>
/// <param name="Plan">file of the resolved plan</param>
/// <param name="Folder">the run's</param>
/// <param name="Address">where it accepts the other members' connections</param>
/// <param name="Certificate">file of its node's certificate; null where all members are on this machine</param>
public sealed record WorkerArguments(
    string Link, string TokenFile, string Worker, string Slot, string Device, string Plan, string Folder,
    string Address, string? Certificate)
{
    /// <summary>Files of kinds that the plan needs.</summary>
    public IReadOnlyList<string> Extensions { get; init; } = [];

    public IReadOnlyList<string> ToCommandLine() =>
        ["--link", Link, "--token", TokenFile, "--worker", Worker, "--slot", Slot, "--device", Device, "--plan", Plan,
            "--folder", Folder, "--address", Address, .. Certificate is null ? (string[])[]
            : ["--certificate", Certificate],
            .. Extensions.SelectMany(file => (string[])["--extension", file])];

    /// <exception cref="InputException">Not what <see cref="ToCommandLine"/> writes.</exception>
    public static WorkerArguments Parse(IReadOnlyList<string> line)
    {
        var given = new Dictionary<string, string>();
        var extensions = new List<string>();
        for (var i = 0; i + 1 < line.Count; i += 2)
        {
            if (line[i] == "--extension")
                extensions.Add(line[i + 1]);
            else
                given[line[i]] = line[i + 1];
        }
        return new WorkerArguments(
            Of("--link"), Of("--token"), Of("--worker"), Of("--slot"), Of("--device"), Of("--plan"), Of("--folder"),
            Of("--address"), given.GetValueOrDefault("--certificate"))
        {
            Extensions = extensions,
        };

        string Of(string name) => given.GetValueOrDefault(name) ?? throw new InputException($"worker: {name} is missing; workers are started by `pretrain run`, not by hand");
    }
}
