namespace PretrainCluster.Cli.Cluster;

/// <summary><c>pretrain cluster</c>: a cluster's nodes, who coordinates, and what runs where.</summary>
public static class ClusterCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "one JSON object instead of a table" };
        var command = new Verb("cluster", "a cluster's nodes: roles, reachability, devices, leader, coordinator")
        {
            Group = VerbGroup.Machine,
            Examples = [new("pretrain cluster 127.0.0.1:4053", "a line for each node"), new("pretrain cluster --json", "the same for a script, with every run and worker")],
        };
        command.Add(CertificatesCommand.Create());
        var cluster = ClusterArguments.Itself().AddTo(command);
        command.Add(json);
        command.SetAction(async (parse, cancellation) =>
        {
            using var access = cluster.Open(parse)!;
            var status = (ClusterStatus)await access.AskAsync(new AskStatus(null), cancellation);
            var output = parse.Output();
            if (parse.GetValue(json))
                output.WriteJson(status);
            else
                Write(status, output);
            return Entry.Done;
        });
        return command;
    }

    internal static void Write(ClusterStatus status, TextWriter output)
    {
        var table = new TextTable("node", "roles", "state", "reachable", "slots", "in use", "").AlignRight(4, 5);
        foreach (var member in status.Members)
        {
            var node = status.Nodes.FirstOrDefault(n => n.Node == member.Node);
            string[] parts = [.. member.IsCoordinator ? (string[])["coordinates"] : [], .. member.IsLeader ? (string[])["leads the cluster"] : []];
            table.Add(member.Node, string.Join(", ", member.Roles), member.State, member.Reachable ? "yes" : "NO",
                node is null ? "" : $"{node.FreeSlots.Count + node.BusySlots.Count}", node is null ? "" : $"{node.BusySlots.Count}", string.Join(", ", parts));
        }
        table.Write(output);
        var underWay = status.Runs.Where(run => run.State is not ("finished" or "cancelled" or "failed")).ToList();
        output.WriteLine($"{status.Runs.Count} runs, {underWay.Count} under way");
        foreach (var run in underWay.Take(10))
        {
            var of = run.By.Length > 0 ? $" of {run.By}" : "";
            output.WriteLine($"  {run.Run}{of}: {run.State}, {run.Workers.Count} of {run.Target} workers, "
                + $"step {Numbers.Count(run.Step)}");
        }
    }
}

/// <summary><c>pretrain workers RUN</c>: who carries a run, and how fast.</summary>
public static class WorkersCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "one JSON object instead of a table" };
        var command = new Verb("workers", "who carries a run that is going on: rank, device, state, speed")
        {
            Group = VerbGroup.Runs,
            Examples = [new("pretrain workers demo", "a line for each worker; own share is what tells a straggler"), new("pretrain workers demo --json", "the same for a script")],
        };
        var run = new RunArguments().AddTo(command);
        command.Add(json);
        command.SetAction(async (parse, cancellation) =>
        {
            var output = parse.Output();
            foreach (var status in ((ClusterStatus)await run.AskAsync(parse, name => new AskStatus(name), cancellation)).Runs)
            {
                if (parse.GetValue(json))
                    output.WriteJson(status);
                else
                    Write(status, output);
            }
            return Entry.Done;
        });
        return command;
    }

    static void Write(RunStatusView run, TextWriter output)
    {
        var reason = run.Reason.Length > 0 ? $" ({run.Reason})" : "";
        output.WriteLine($"{run.Run}: {run.State}{reason}, step {Numbers.Count(run.Step)}, generation {run.Generation}, aims at {run.Target} workers");
        if (run.Workers.Count > 0)
            WorkerTable.Write(run, output);
    }
}
