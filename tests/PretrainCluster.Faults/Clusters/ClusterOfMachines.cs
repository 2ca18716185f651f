using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using PretrainCluster.Core;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Faults.Clusters;

/// <summary>A cluster of real node processes, each on a machine of its own, over one folder of runs: first the coordinator nodes, then the worker nodes.</summary>
public sealed partial class ClusterOfMachines : IDisposable
{
    public const int Coordinators = 3, Workers = 4;

    const int Port = 4053, Interrupt = 2;
    const string RunsFolder = "runs", CertificatesFolder = "certificates", User = "user";

    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    readonly string _folder;
    readonly Dictionary<int, PretrainProcess> _nodes = [];
    readonly List<(int Machine, string Output)> _killed = [];

    ClusterOfMachines(string folder, int machines) => (_folder, Network) = (folder, new MachineNetwork(machines));

    /// <summary>Starts all nodes, and waits until they see each other.</summary>
    /// <param name="folder">where the processes run; the runs are in its folder runs</param>
    /// <param name="spare">machines whose worker nodes are not started yet</param>
    /// <exception cref="InputException">There can be no network of machines here.</exception>
    public static async Task<ClusterOfMachines> StartAsync(string folder, CancellationToken cancellation, int spare = 0)
    {
        if (MachineNetwork.Missing is { } missing)
            throw new InputException($"a cluster of machines: {missing}");
        var cluster = new ClusterOfMachines(folder, Coordinators + Workers + spare);
        try
        {
            cluster.Certify(Coordinators + Workers + spare);
            for (var machine = 0; machine < Coordinators + Workers; machine++)
                cluster.Start(machine);
            await cluster.FormAsync(cancellation);
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    public MachineNetwork Network { get; }

    public string Runs => Path.Combine(_folder, RunsFolder);

    /// <summary>Machines whose nodes were started and not killed.</summary>
    public IEnumerable<int> Machines => _nodes.Keys;

    public string AddressOf(int machine) => $"{Network.AddressOf(machine)}:{Port}";

    public RunFolder Run(string name) => RunFolder.At(Runs, name);

    /// <summary>Everything that the machine's nodes printed, those that were killed before the one that is there.</summary>
    public string OutputOf(int machine) => string.Concat(_killed.Where(node => node.Machine == machine).Select(node => node.Output)) + _nodes.GetValueOrDefault(machine)?.Output;

    /// <summary>Who wrote which entries of the ledger, as the nodes say. One that was killed does not say where it ended.</summary>
    /// <returns>in the order of their first entries</returns>
    public IReadOnlyList<(int Machine, long First, long? Last)> Terms() =>
    [
        .. from machine in Enumerable.Range(0, Coordinators)
           let output = OutputOf(machine)
           from began in Began().Matches(output)
           let ended = Ended().Match(output, began.Index) is { Success: true } end && (Began().Match(output, began.Index + 1) is not { Success: true } next || end.Index < next.Index) ? end : null
           let first = Number(began)
           orderby first
           select (machine, first, ended is null ? (long?)null : Number(ended)),
    ];

    /// <summary>Starts a machine's node: for the first time, or again after it was killed.</summary>
    public void Start(int machine)
    {
        string[] role = machine < Coordinators ? ["--role", "coordinator"] : ["--role", "worker", "--slots", "1"];
        _nodes[machine] = PretrainProcess.StartOn(
            Network.On(machine), _folder,
            ["node", .. role, "--at", AddressOf(machine), "--seeds",
            string.Join(',', Enumerable.Range(0, Coordinators).Select(AddressOf)), "--shared-runs", RunsFolder,
            "--certificate", Certificate(Network.AddressOf(machine))]);
    }

    public void Kill(int machine)
    {
        Network.KillProcessesOn(machine);
        if (!_nodes.Remove(machine, out var node))
            return;
        node.Wait(s_limit);
        _killed.Add((machine, node.Output));
        node.Dispose();
    }

    /// <summary>Waits until all nodes see each other.</summary>
    public async Task FormAsync(CancellationToken cancellation)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(200, cancellation))
        {
            if (Status(0) is { } status && status.Members.Count(member => member is { State: "up", Reachable: true }) == _nodes.Count && status.Nodes.Count == _nodes.Count - Coordinators)
                return;
            if (watch.Elapsed > s_limit)
                throw new TimeoutException($"the cluster did not form within {s_limit.TotalMinutes} minutes; its nodes said:\n{string.Join("\n", _nodes.Select(node => $"{AddressOf(node.Key)}: {node.Value.Output}"))}");
        }
    }

    /// <summary>The command as a user types it on a machine.</summary>
    public (int Code, string Output) Ask(int machine, params IReadOnlyList<string> arguments)
    {
        using var command = PretrainProcess.StartOn(
            Network.On(machine), _folder, arguments, new Dictionary<string,
            string>
            { ["PRETRAIN_CERTIFICATE"] = Certificate(User) });
        return (command.Wait(s_limit), command.Output);
    }

    /// <summary>Submits a run as a user does on a machine.</summary>
    /// <param name="plan">the plan's file, and what overrides it</param>
    /// <param name="settings">what overrides both</param>
    public (int Code, string Output) Submit(int machine, IEnumerable<string> plan, IEnumerable<string> settings) =>
        Ask(machine, ["submit", .. plan, .. settings.SelectMany(setting => new[] { "--set", setting }), "--cluster", AddressOf(machine)]);

    /// <summary>What the cluster says of itself when it is asked on a coordinator's machine; null where none answers.</summary>
    public ClusterStatus? Status(int machine)
    {
        var (code, output) = Ask(machine, "cluster", AddressOf(machine), "--json");
        return code == 0 ? JsonSerializer.Deserialize<ClusterStatus>(output, JsonText.Indented) : null;
    }

    /// <summary>The machine that carries the coordinator; null where it cannot be found out.</summary>
    public int? Coordinator()
    {
        foreach (var machine in _nodes.Keys.Where(machine => machine < Coordinators))
        {
            if (Status(machine)?.Members.FirstOrDefault(member => member.IsCoordinator)?.Node is { } node)
                return Enumerable.Range(0, Coordinators).First(other => AddressOf(other) == node);
        }
        return null;
    }

    /// <summary>Asks every node to end in good order.</summary>
    /// <returns>the machines whose nodes did not</returns>
    public IReadOnlyList<int> Stop()
    {
        foreach (var node in _nodes.OrderByDescending(node => node.Key))
            node.Value.Signal(Interrupt);
        return [.. _nodes.Where(node => !node.Value.WaitFor(s_limit)).Select(node => node.Key)];
    }

    // As the machines of a cluster: each has its own, and so has who submits.
    void Certify(int machines)
    {
        using var command = PretrainProcess.Start(_folder,
            ["cluster", "certificates", "--to", CertificatesFolder, "--user", User, "--role", "operator",
                .. Enumerable.Range(0, machines)
                .SelectMany(machine => (string[])["--node", Network.AddressOf(machine)])]);
        if (command.Wait(s_limit) != 0)
            throw new InvalidOperationException(command.Output);
    }

    static string Certificate(string name) => Path.Combine(CertificatesFolder, name + ".pem");

    static long Number(Match match) => long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"coordinates, from entry (\d+) of the ledger on")]
    private static partial Regex Began();

    [GeneratedRegex(@"coordinates no more; its last entry is (\d+)")]
    private static partial Regex Ended();

    public void Dispose()
    {
        foreach (var machine in _nodes.Keys.ToList())
            Kill(machine);
        Network.Dispose();
    }
}
