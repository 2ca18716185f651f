using System.Text.Json;

namespace PretrainCluster.Cli.Cluster;

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
            var output = parse.InvocationConfiguration.Output;
            foreach (var status in ((ClusterStatus)await run.AskAsync(parse, name => new AskStatus(name), cancellation)).Runs)
            {
                if (parse.GetValue(json))
                    output.WriteLine(JsonSerializer.Serialize(status, JsonText.Indented));
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
