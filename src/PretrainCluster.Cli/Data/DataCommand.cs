using PretrainCluster.Artifacts.Stores;

namespace PretrainCluster.Cli.Data;

/// <summary><c>pretrain data</c>: datasets from skeleton files, and what is in them.</summary>
public static class DataCommand
{
    public static Command Create()
    {
        var command = new Verb("data", "datasets from skeleton files, and what is in them") { Group = VerbGroup.Data };
        foreach (var verb in new[] { ImportCommand.Create(), InspectCommand.Create(), VerifyCommand.Create(), SynthesizeCommand.Create(), PushCommand.Create() })
            command.Add(verb);
        return command;
    }
}

/// <summary>The folder that a new dataset goes to.</summary>
static class DatasetFolder
{
    /// <exception cref="InputException">There is a dataset, and --force was not said.</exception>
    public static void RefuseExisting(string folder, bool force)
    {
        if (!force && File.Exists(Path.Combine(folder, DatasetDescription.FileName)))
            throw new InputException($"{folder} already holds a dataset; name another folder, or say --force to replace it.");
    }
}

/// <summary><c>pretrain data push DATASET STORE</c>: a dataset into a store, from which runs on any machine read it.</summary>
static class PushCommand
{
    public static Command Create()
    {
        var dataset = new Argument<string>("DATASET") { Description = "folder of a dataset" };
        var target = new Argument<string>("STORE") { Description = "azure://ACCOUNT/CONTAINER/PREFIX, or a folder" };
        var command = new Verb("push", "puts a dataset into a store, verified; a plan's data.dataset may name it there")
        {
            Group = VerbGroup.Data,
            Examples = [new("pretrain data push data/ntu60 azure://myaccount/datasets/ntu60", "shards first, dataset.json last; the same line goes on after a push that was cut off")],
        };
        command.Add(dataset);
        command.Add(target);
        command.SetAction(async (parse, cancellation) =>
        {
            var (folder, place) = (parse.GetRequiredValue(dataset), parse.GetRequiredValue(target));
            var store = await Stores.OpenAsync(place, cancellation: cancellation);
            var (digest, sent) = await DatasetPush.RunAsync(folder, store, place.TrimEnd('/'), cancellation: cancellation);
            parse.Output().WriteLine($"{place}: dataset {Numbers.Digest(digest)}, {Numbers.Count(sent)} files sent" + (sent == 0 ? "; it was there already" : ""));
            return Entry.Done;
        });
        return command;
    }
}

/// <summary><c>pretrain data verify</c>: whether every byte of a dataset is what was written.</summary>
static class VerifyCommand
{
    public static Command Create()
    {
        var dataset = new Argument<string>("DATASET") { Description = "folder of a dataset" };
        var command = new Verb("verify", "compares every file of a dataset with its digest")
        {
            Group = VerbGroup.Data,
            Examples = [new("pretrain data verify data/ntu60", "exit code 1 if a file is damaged")],
        };
        command.Add(dataset);
        command.SetAction((parse, cancellation) => Task.FromResult(Verify(parse.GetRequiredValue(dataset), parse.Output(), cancellation)));
        return command;
    }

    static int Verify(string folder, TextWriter output, CancellationToken cancellation)
    {
        using var dataset = SkeletonDataset.Open(folder);
        var faults = dataset.Verify(cancellation: cancellation);
        foreach (var fault in faults)
            output.WriteLine(fault);

        var files = dataset.Description.Shards.Count + 1;
        output.WriteLine(faults.Count == 0
            ? $"{folder}: {files} files, {Numbers.Bytes(dataset.Description.Shards.Sum(shard => shard.Bytes) + dataset.Description.SplitFile.Bytes)}, all as they were written ({Numbers.Digest(dataset.Digest)})"
            : $"{folder}: {faults.Count} of {files} files damaged; import the dataset again");
        return faults.Count == 0 ? Entry.Done : Entry.Failed;
    }
}

/// <summary><c>pretrain data inspect</c>: what a dataset holds.</summary>
static class InspectCommand
{
    public static Command Create()
    {
        var dataset = new Argument<string>("DATASET") { Description = "folder of a dataset" };
        var json = new Option<bool>("--json") { Description = "one JSON object instead of text" };
        var command = new Verb("inspect", "what a dataset holds: clips, splits, lengths, classes, defects")
        {
            Group = VerbGroup.Data,
            Examples = [new("pretrain data inspect data/ntu60", "counts in total and per split"), new("pretrain data inspect data/ntu60 --json", "the same for a script")],
        };
        command.Add(dataset);
        command.Add(json);
        command.SetAction((parse, cancellation) =>
            Task.FromResult(Inspect(parse.GetRequiredValue(dataset), parse.GetValue(json), parse.Output(), cancellation)));
        return command;
    }

    static int Inspect(string folder, bool json, TextWriter output, CancellationToken cancellation)
    {
        using var dataset = SkeletonDataset.Open(folder);
        var summary = DatasetSummary.Of(dataset, cancellation);
        if (json)
            output.WriteJson(summary);
        else
            InspectText.Write(summary, folder, output);
        return Entry.Done;
    }
}
