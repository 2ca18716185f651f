namespace PretrainCluster.Cli.Registry;

/// <summary><c>pretrain tag RUN@STEP NAME:TAG</c> and <c>pretrain untag NAME:TAG</c>: names for checkpoints.</summary>
public static class TagCommand
{
    public static Command Create()
    {
        var checkpoint = new Argument<string>("CHECKPOINT") { Description = "RUN@STEP, a run for its newest checkpoint that verifies, or another NAME:TAG" };
        var tag = new Argument<string>("NAME:TAG") { Description = "the name to give it" };
        var move = new Option<bool>("--move") { Description = "move a tag that points to another checkpoint" };
        var store = CheckpointName.StoreOption();
        var runs = RunsOption.Create();
        var command = new Verb("tag", "gives a checkpoint a name to pull it by; what is tagged is never deleted")
        {
            Group = VerbGroup.Encoders,
            Examples =
            [
                new("pretrain tag demo@3000 motion-encoder:best", "verifies the checkpoint, then names it"),
                new("pretrain tag demo motion-encoder:best --move", "the tag now points to the newest checkpoint of demo"),
            ],
        };
        command.Add(checkpoint);
        command.Add(tag);
        foreach (var option in new Option[] { move, store, runs })
            command.Add(option);
        command.SetAction(async (parse, cancellation) =>
        {
            var (name, word) = CheckpointTag.Parse(parse.GetRequiredValue(tag));
            var found = await CheckpointName.FindAsync(parse.GetRequiredValue(checkpoint), parse.GetRequiredValue(runs), parse.GetValue(store), cancellation);
            await using var reading = await found.BeginReadingAsync(cancellation);
            var before = parse.GetValue(move) ? await found.Store.Tags.FindAsync(name, word, cancellation) : null;
            await found.Store.Tags.SetAsync(name, word, reading.Manifest, before, cancellation);
            parse.Output().WriteLine($"{name}:{word} is {reading.Manifest.Run}@{reading.Manifest.Step} ({Numbers.Digest(reading.Manifest.Digest)}) in {found.Location}"
                + (before is not null && before.Digest != reading.Manifest.Digest ? $"; it was {before.Run}@{before.Step}" : ""));
            return Entry.Done;
        });
        return command;
    }

    public static Command CreateRemoval()
    {
        var tag = new Argument<string>("NAME:TAG") { Description = "the name to take away; the checkpoint stays until its run's retention takes it" };
        var store = CheckpointName.StoreOption();
        var runs = RunsOption.Create();
        var command = new Verb("untag", "takes a name away from a checkpoint")
        {
            Group = VerbGroup.Encoders,
            Examples = [new("pretrain untag motion-encoder:best", "the checkpoint stays until its run's retention takes it")],
        };
        command.Add(tag);
        command.Add(store);
        command.Add(runs);
        command.SetAction(async (parse, cancellation) =>
        {
            var text = parse.GetRequiredValue(tag);
            var (name, word) = CheckpointTag.Parse(text);
            var found = await CheckpointName.FindAsync(text, parse.GetRequiredValue(runs), parse.GetValue(store), cancellation);
            if (!await found.Store.Tags.RemoveAsync(name, word, cancellation))
                throw new InputException($"there is no tag {text} in {found.Location}");
            parse.Output().WriteLine($"{text} is gone; it was {found.Run}@{found.Step}");
            return Entry.Done;
        });
        return command;
    }
}
