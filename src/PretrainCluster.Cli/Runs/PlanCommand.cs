namespace PretrainCluster.Cli.Runs;

/// <summary><c>pretrain plan</c>: every key of a plan and every kind of its sections, with type, range, default and meaning.</summary>
public static class PlanCommand
{
    public static Command Create()
    {
        var part = new Argument<string>("KEY") { Description = "only keys that begin with this, e.g. training.optimizer, or one kind of a section, e.g. objective.nnclr", Arity = ArgumentArity.ZeroOrOne };
        var schema = new Option<bool>("--schema") { Description = "print a JSON Schema instead, by which editors complete and check plans (docs/plans.md)" };
        var command = new Verb("plan", "the keys of a plan: what each expects, its default, what it does")
        {
            Group = VerbGroup.Runs,
            Examples =
            [
                new("pretrain plan", "all keys, and the kinds of objective, encoder and augmentation that there are"),
                new("pretrain plan objective.nnclr", "the keys of one objective, with its published values"),
                new("pretrain plan --schema", "a schema for editors, to be kept in a file"),
            ],
        };
        command.Add(part);
        command.Add(schema);
        var extensions = new ExtensionOption().AddTo(command);
        command.SetAction((parse, _) =>
        {
            var (kinds, output) = (extensions.Kinds(parse), parse.Output());
            if (parse.GetValue(schema))
                output.WriteLine(PlanSchema.Write(kinds));
            else
                Print(parse.GetValue(part) ?? "", kinds, output);
            return Task.FromResult(Entry.Done);
        });
        return command;
    }

    static void Print(string prefix, PlanKinds kinds, TextWriter output)
    {
        if (kinds.All.FirstOrDefault(kind => kind.FullName == prefix) is { } chosen)
        {
            output.WriteLine($"{chosen.FullName}");
            output.WriteLine($"    {chosen.Description}");
            foreach (var key in chosen.Keys(kinds))
                Print(key, output);
            return;
        }
        var keys = kinds.Reference.Where(key => key.Kind is null && key.Path.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        foreach (var key in keys)
            Print(key, output);
        // Where the key that selects the kind is shown, and of a prefix such as objective.mask all that begin so.
        var listed = kinds.All.Where(kind => kind.FullName.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        if (keys.Count + listed.Count == 0)
            throw new InputException($"no key and no kind of a plan begins with \"{prefix}\"; `pretrain plan` lists them all");
        foreach (var kind in listed)
        {
            output.WriteLine(kind.FullName);
            output.WriteLine($"    {kind.Description}; `pretrain plan {kind.FullName}` prints its keys");
        }
    }

    static void Print(PlanReferenceEntry key, TextWriter output)
    {
        output.WriteLine(key.Path);
        output.WriteLine($"    {key.Expected}; {(key.Default is { } value ? $"default {value}" : "required")}");
        if (key.Description.Length > 0)
            output.WriteLine($"    {key.Description}");
    }
}
