namespace PretrainCluster.Cli.Registry;

/// <summary><c>pretrain checkpoints RUN</c>: the checkpoints there are, what keeps them, and whether they are sound.</summary>
public static class CheckpointsCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "a run's name" };
        var verify = new Option<bool>("--verify") { Description = "read every byte and compare; exit code 1 if one is damaged" };
        var pin = new Option<long?>("--pin") { Description = "keep the checkpoint of this step whatever the plan says", HelpName = "STEP" };
        var unpin = new Option<long?>("--unpin") { Description = "leave it to the plan again", HelpName = "STEP" };
        var json = new Option<bool>("--json") { Description = "one JSON array instead of a table" };
        var store = CheckpointName.StoreOption();
        var runs = RunsOption.Create();
        var command = new Verb("checkpoints", "a run's checkpoints: step, size, digest, tags, and whether they verify")
        {
            Group = VerbGroup.Runs,
            Examples =
            [
                new("pretrain checkpoints demo", "a table, newest first"),
                new("pretrain checkpoints demo --verify", "reads every byte of each"),
                new("pretrain checkpoints demo --pin 2250", "keeps the one of step 2250 until --unpin"),
            ],
        };
        command.Add(run);
        foreach (var option in new Option[] { verify, pin, unpin, json, store, runs })
            command.Add(option);
        command.SetAction(async (parse, cancellation) =>
        {
            var found = await CheckpointName.FindAsync(parse.GetRequiredValue(run), parse.GetRequiredValue(runs), parse.GetValue(store), cancellation);
            if (found.Step is not null)
                throw new InputException($"{parse.GetRequiredValue(run)} names one checkpoint; name the run.");
            if (parse.GetValue(pin) is { } pinned)
                await found.Store.PinAsync(found.Run, pinned, cancellation);
            if (parse.GetValue(unpin) is { } unpinned && !await found.Store.UnpinAsync(found.Run, unpinned, cancellation))
                throw new InputException($"The checkpoint of step {unpinned} is not pinned.");
            var rows = await RowsAsync(found, parse.GetValue(verify), cancellation);
            Write(rows, found, parse.GetValue(json), parse.Output());
            return rows.Any(row => row.Fault is not null) ? Entry.Failed : Entry.Done;
        });
        return command;
    }

    static async Task<IReadOnlyList<Row>> RowsAsync(CheckpointName name, bool verify, CancellationToken cancellation)
    {
        var tags = (await name.Store.Tags.ListAsync(cancellation)).ToLookup(tag => (tag.Run, tag.Step, tag.Digest), tag => tag.ToString());
        var pinned = await name.Store.PinnedAsync(name.Run, cancellation);
        var rows = new List<Row>();
        if (verify)
        {
            await foreach (var (artifact, manifest, fault) in name.Store.VerifyAsync(name.Run, cancellation))
                rows.Add(manifest is null ? new(long.Parse(Path.GetFileNameWithoutExtension(artifact)), null, null, null, null, false, [], fault) : await OfAsync(manifest, fault is null, fault));
        }
        else
        {
            foreach (var manifest in await name.Store.ListAsync(name.Run, cancellation))
                rows.Add(await OfAsync(manifest, null, null));
        }
        return rows;

        async Task<Row> OfAsync(CheckpointManifest manifest, bool? verified, string? fault) =>
            new(manifest.Step, manifest.Time, manifest.Blobs.Sum(blob => blob.Length), manifest.Digest, verified, pinned.Contains(manifest.Step), [.. tags[(manifest.Run, manifest.Step, manifest.Digest)]], fault, manifest.Stage, await name.Store.Monitored.FindAsync(manifest, cancellation));
    }

    static void Write(IReadOnlyList<Row> rows, CheckpointName name, bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteJson(rows);
            return;
        }
        if (rows.Count == 0)
        {
            output.WriteLine($"{name.Run} has no checkpoint in {name.Location} yet");
            return;
        }
        var now = TimeProvider.System.GetUtcNow();
        var (stages, monitored) = (rows.Any(row => row.Stage is not null), rows.Any(row => row.Monitor is not null));
        var table = new TextTable([.. stages ? ["step", "stage"] : (string[])["step"], "age", "size", "digest", "verified", "pinned", .. monitored ? ["monitor"] : (string[])[], "tags"]).AlignRight(stages ? [0, 2, 3] : [0, 1, 2]);
        foreach (var row in rows)
        {
            table.Add([.. stages ? [Numbers.Count(row.Step), row.Stage ?? ""] : (string[])[Numbers.Count(row.Step)], row.Time is { } time ? Numbers.Duration(now - time) : "", row.Bytes is { } bytes ? Numbers.Bytes(bytes) : "", Numbers.Digest(row.Digest),
                row.Verified switch { true => "yes", false => "NO", null => row.Fault is null ? "not read" : "NO" }, row.Pinned ? "yes" : "", .. monitored ? [row.Monitor is { } accuracy ? $"{Numbers.Fixed(accuracy, 1)} %" : ""] : (string[])[], string.Join(", ", row.Tags)]);
        }
        table.Write(output);
        foreach (var row in rows.Where(row => row.Fault is not null))
            output.WriteLine($"step {row.Step}: {row.Fault}");
    }

    sealed record Row(long Step, DateTimeOffset? Time, long? Bytes, string? Digest, bool? Verified, bool Pinned, IReadOnlyList<string> Tags, string? Fault, string? Stage = null, double? Monitor = null);
}
