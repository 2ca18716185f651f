namespace PretrainCluster.Cli.Data;

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
        command.SetAction((parse, cancellation) => Task.FromResult(Verify(parse.GetRequiredValue(dataset), parse.InvocationConfiguration.Output, cancellation)));
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
