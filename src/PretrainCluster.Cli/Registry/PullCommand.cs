namespace PretrainCluster.Cli.Registry;

/// <summary><c>pretrain pull NAME:TAG --to DIR</c>: a finished encoder with all that is known about it.</summary>
public static class PullCommand
{
    public static Command Create()
    {
        var checkpoint = new Argument<string>("CHECKPOINT") { Description = "NAME:TAG, RUN@STEP, or a run for its newest checkpoint that verifies" };
        var target = new Option<string>("--to") { Description = "folder to make", HelpName = "DIR", Required = true };
        var store = CheckpointName.StoreOption();
        var all = new Option<bool>("--all-parts") { Description = "the optimiser's state and whatever else the checkpoint holds, too" };
        var replace = new Option<bool>("--replace") { Description = "in place of another model that was pulled to DIR" };
        var runs = RunsOption.Create();
        var command = new Verb("pull", "an encoder by name: its weights, its plan, and a card with its data and every evaluation")
        {
            Group = VerbGroup.Encoders,
            Examples =
            [
                new("pretrain pull mamp-ntu60:best --to models/mamp", "weights.safetensors, plan.yaml, model.json and MODEL_CARD.md in models/mamp, verified"),
                new("pretrain pull demo@3000 --to models/demo", "the checkpoint of step 3000 of the run demo"),
                new("pretrain pull mamp-ntu60:best --to models/mamp --store azure://myaccount/models/skeletons", "from a store in Azure; a pull that was cut off goes on where it ended"),
            ],
        };
        command.Add(checkpoint);
        foreach (var option in new Option[] { target, store, all, replace, runs })
            command.Add(option);
        command.SetAction((parse, cancellation) => PullAsync(parse.GetRequiredValue(checkpoint), parse.GetRequiredValue(target), parse.GetValue(store), parse.GetRequiredValue(runs),
            parse.GetValue(all), parse.GetValue(replace), parse.Output(), cancellation));
        return command;
    }

    static async Task<int> PullAsync(string text, string target, string? store, string runs, bool all, bool replace, TextWriter output, CancellationToken cancellation)
    {
        var folder = new ModelFolder(target);
        var name = await CheckpointName.FindAsync(text, runs, store, cancellation);
        await using var reading = await name.BeginReadingAsync(cancellation);
        var manifest = reading.Manifest;
        if (!all && await folder.HoldsAsync(manifest.Digest, replace, cancellation))
        {
            output.WriteLine($"{target} holds {text} ({Numbers.Digest(manifest.Digest)}) already, every file as it was pulled");
            return Entry.Done;
        }
        var plan = manifest.Plan ?? (name.Folder is { } run && File.Exists(run.PlanFile) ? File.ReadAllText(run.PlanFile)
            : throw new InputException($"{manifest.Artifact()} was written by version 0.1 and does not hold its plan; pull it where the run's folder is."));
        var parts = all ? manifest.Blobs : [manifest.Blob("weights")];
        var total = Numbers.Bytes(parts.Sum(part => part.Length));
        var progress = new NowAndThen<long>(output, TimeProvider.System, done => $"{Numbers.Bytes(done)} of {total}");
        var card = await folder.PullAsync(name, manifest, plan, parts, progress, cancellation);
        output.WriteLine($"{target}: {card.Name}, step {Numbers.Count(card.Step)}, checkpoint {Numbers.Digest(card.Checkpoint)}");
        foreach (var (file, facts) in card.Files)
            output.WriteLine($"  {file}  {Numbers.Bytes(facts.Bytes)}  {facts.Sha256}");
        output.WriteLine($"  {ModelCard.TextName}, {ModelCard.JsonName}  {card.Evaluations.Count} evaluations");
        return Entry.Done;
    }
}
