namespace PretrainCluster.Cli.Cluster;

/// <summary><c>pretrain submit PLAN</c>: puts a run into a cluster's queue.</summary>
public static class SubmitCommand
{
    static readonly TimeSpan s_watch = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var priority = new Option<int>("--priority") { Description = "larger goes first", HelpName = "N" };
        var wait = new Option<bool>("--wait") { Description = "stay, and say how the run goes, until it has ended" };
        var command = new Verb("submit", "put a run into a cluster's queue")
        {
            Group = VerbGroup.Runs,
            Examples = [new("pretrain submit configs/demo.yaml --set workers.max=2 --wait", "on the cluster whose coordinator is on this machine")],
        };
        var plan = new PlanArguments().AddTo(command);
        var cluster = ClusterArguments.Required().AddTo(command);
        command.Add(priority);
        command.Add(wait);
        command.SetAction(async (parse, cancellation) =>
        {
            var resolved = plan.Read(parse);
            if (resolved.From is not null)
                throw new InputException("from: a run on a cluster begins with random weights, because the encoder is laid into the run's folder before it starts; put both parts into one plan with `stages`, or use `pretrain run`");
            using var access = cluster.Open(parse)!;
            return await Submit(resolved, access, parse.GetValue(priority), parse.GetValue(wait), parse.Output(), cancellation);
        });
        return command;
    }

    static async Task<int> Submit(
        Plan plan, ClusterLink user, int priority, bool wait, TextWriter output, CancellationToken cancellation)
    {
        if (await user.AskAsync(new SubmitRun(plan.Name, PlanText.Write(plan), priority), cancellation) is Accepted accepted)
            output.WriteLine(accepted.Text);
        for (var told = ""; wait;)
        {
            var run = ((ClusterStatus)await user.AskAsync(new AskStatus(plan.Name), cancellation)).Runs[0];
            var line = $"{run.State}, generation {run.Generation}, {run.Workers.Count} workers{(run.Reason.Length > 0 ? $": {run.Reason}" : "")}";
            if (line != told)
                output.WriteLine($"{run.Run}: {line}, step {run.Step}");
            told = line;
            switch (run.State)
            {
                case "finished":
                    output.WriteLine($"weights {run.WeightsSha256}");
                    return Entry.Done;
                case "cancelled":
                    return Entry.Interrupted;
                case "failed":
                    return Entry.Failed;
            }
            await Task.Delay(s_watch, cancellation);
        }
        return Entry.Done;
    }
}
