using PretrainCluster.Actors.Logging;
using PretrainCluster.Actors.Nodes;
using PretrainCluster.Hosting.Agents;

namespace PretrainCluster.Cli.Cluster;

/// <summary><c>pretrain node</c>: makes this machine a node of a cluster, until it is stopped.</summary>
public static class NodeCommand
{
    const int MostConfiguration = 1 << 20;

    public static Command Create()
    {
        var role = new Option<string>("--role") { Description = "coordinator or worker", HelpName = "ROLE", Required = true };
        role.AcceptOnlyFromAmong("coordinator", "worker");
        var at = new Option<string>("--at")
        {
            Description =
                "where other nodes reach this one; by default 127.0.0.1, at port 4053 for a coordinator and at a "
                    + "free one for a worker. "
                + "Users reach a coordinator at the port below its own",
            HelpName = "HOST:PORT",
        };
        var seeds = new Option<string>("--seeds")
        {
            Description =
                "coordinator nodes to join through, separated by commas, in the same order on every node; by default "
                    + "a coordinator begins a cluster of its own",
            HelpName = "ADDRESSES",
        };
        var runs = new Option<string>("--shared-runs")
        {
            Description =
                "folder that holds the runs and the coordinator's ledger; every node must see the same one under "
                    + "this path",
            HelpName = "FOLDER",
            Required = true,
        };
        var certificate = ClusterArguments.Certificate("the node's certificate");
        var configuration = new Option<string?>("--configuration")
        {
            Description = "file of Akka's settings (HOCON) that go before those of cluster/pretrain.conf",
            HelpName = "FILE",
        };
        var device = new Option<string>("--device") { Description = "what a worker node offers: cpu, or cuda:N and the devices after it", HelpName = "DEVICE", DefaultValueFactory = _ => "cpu" };
        var slots = new Option<int>("--slots") { Description = "worker processes that it carries at a time", HelpName = "N", DefaultValueFactory = _ => 1 };
        var log = new Option<string>("--log")
        {
            Description = "text, a line for people, or json, an object a line",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => "text",
        };
        log.AcceptOnlyFromAmong("text", "json");
        var command = new Verb("node", "make this machine a node of a cluster, until it is stopped")
        {
            Group = VerbGroup.Machine,
            Examples =
            [
                new("pretrain node --role coordinator --shared-runs runs", "begins a cluster on this machine alone"),
                new("pretrain node --role worker --seeds 127.0.0.1:4053 --shared-runs runs --slots 2", "offers two worker processes to it"),
                new("pretrain node --role coordinator --at 10.0.0.1 --certificate 10.0.0.1.pem --shared-runs "
                    + "/mnt/shared/runs", "one that other machines reach"),
            ],
        };
        foreach (var option in new Option[] { role, at, seeds, runs, certificate, configuration, device, slots, log })
            command.Add(option);
        var extensions = new ExtensionOption().AddTo(command);
        command.SetAction(async (parse, cancellation) =>
        {
            var kinds = extensions.Kinds(parse);
            var coordinator = parse.GetRequiredValue(role) == NodeRole.Coordinator;
            var own = NodeEndpoint.Parse(parse.GetValue(at) ?? $"127.0.0.1:{(coordinator ? NodeEndpoint.DefaultPort : 0)}");
            var join = parse.GetValue(seeds)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
            if (join.Length == 0 && !coordinator)
                throw new InputException("node: a worker joins a cluster: --seeds names its coordinators");
            if (parse.GetValue(slots) is < 1 or > 4096)
                throw new InputException("node: --slots is between 1 and 4096");
            var lines = new NodeConsole.Settings { Json = parse.GetValue(log) == "json" };
            using var certified = ClusterArguments.Read(parse.GetValue(certificate));
            using var logs = NodeConsole.Create(lines);
            return await Run(new NodeSettings
            {
                Role = coordinator ? NodeRole.Coordinator : NodeRole.Worker,
                At = own,
                Seeds = join,
                Runs = parse.GetRequiredValue(runs),
                Certificate = certified,
                Configuration = ReadConfiguration(parse.GetValue(configuration)),
                Slots = coordinator ? [] : NodeOptions.SlotsFor(new WorkersPlan { Device = parse.GetRequiredValue(device), Max = parse.GetValue(slots) }),
                Kinds = kinds,
                Worker = WorkerCommand.Program,
                Evaluation = WorkerCommand.ProgramOf("evaluate", kinds.Extensions),
                Log = logs.CreateLogger("node"),
                Named = name => lines.Node = name,
            }, cancellation);
        });
        return command;
    }

    static async Task<int> Run(NodeSettings settings, CancellationToken cancellation)
    {
        await using var node = ClusterNode.Start(settings, TimeProvider.System);
        settings.Log.Started(
            settings.Role, node.Name, settings.Seeds.Count > 0 ? $"joining through {string.Join(", ", settings.Seeds)}"
            : "the first of a cluster");
        using var atOnce = Interruption.AtOnce(node.KillWorkers);
        try
        {
            await node.RunAsync(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            settings.Log.Leaving(node.HasWorkers ? " once the workers here have handed their ranks over" : "");
            return Entry.Done;
        }
        settings.Log.NeverIn();
        return Entry.Failed;
    }

    static string ReadConfiguration(string? file)
    {
        if (file is null)
            return "";
        try
        {
            return new FileInfo(file).Length <= MostConfiguration ? File.ReadAllText(file)
                : throw new InputException($"{file}: longer than any configuration");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{file}: the configuration cannot be read: {failure.Message}", failure);
        }
    }
}
