using System.CommandLine;
using PretrainCluster.Cli.CommandLine;
using PretrainCluster.Core;
using PretrainCluster.Core.Plans;

namespace PretrainCluster.Cli.Runs;

/// <summary><c>pretrain plan</c>: every key of a plan, with type, range, default and meaning.</summary>
public static class PlanCommand
{
    public static Command Create()
    {
        var part = new Argument<string>("KEY") { Description = "only keys that begin with this, e.g. training.optimizer", Arity = ArgumentArity.ZeroOrOne };
        var command = new Verb("plan", "the keys of a plan: what each expects, its default, what it does")
        {
            Group = VerbGroup.Runs,
            Examples = [new("pretrain plan training", "the keys of a plan's training section")],
        };
        command.Add(part);
        command.SetAction((parse, _) =>
        {
            Print(parse.GetValue(part) ?? "", parse.InvocationConfiguration.Output);
            return Task.FromResult(Entry.Done);
        });
        return command;
    }

    static void Print(string prefix, TextWriter output)
    {
        var keys = PlanReference.Keys.Where(key => key.Path.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        if (keys.Count == 0)
            throw new InputException($"no key of a plan begins with \"{prefix}\"; `pretrain plan` lists them all");
        foreach (var key in keys)
        {
            output.WriteLine(key.Path);
            output.WriteLine($"    {key.Expected}; {(key.Default is { } value ? $"default {value}" : "required")}");
            if (key.Description.Length > 0)
                output.WriteLine($"    {key.Description}");
        }
    }
}
