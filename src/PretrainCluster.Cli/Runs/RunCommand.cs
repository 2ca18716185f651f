namespace PretrainCluster.Cli.Runs;

/// <summary><c>pretrain run PLAN</c>: pretrains, evaluates, writes the report; goes on where an earlier call stopped.</summary>
public static class RunCommand
{
    public static Command Create()
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "print the resolved plan, its digest and what it will cost, and start nothing" };
        var runs = RunsOption.Create();
        var command = new Verb("run", "pretrain an encoder as a plan says, evaluate it, write its report")
        {
            Group = VerbGroup.Runs,
            Examples =
            [
                new("pretrain run configs/utd-mhad/mae-small.yaml", "runs the plan in runs/NAME; the same line again goes on where it stopped"),
                new("pretrain run configs/utd-mhad/mae-small.yaml --set seed=2 --set name=mae-small-seed2", "the same recipe with another seed, as a run of its own"),
                new("pretrain run configs/ntu60-xsub/mamp.yaml --dry-run", "what it would compute and cost, also where the dataset is not there"),
            ],
        };
        var plan = new PlanArguments().AddTo(command);
        command.Add(dryRun);
        command.Add(runs);
        command.SetAction(async (parse, cancellation) =>
        {
            var (output, into) = (parse.Output(), parse.GetRequiredValue(runs));
            if (!parse.GetValue(dryRun))
            {
                var kinds = plan.Kinds(parse);
                var prepared = await InitialEncoder.PrepareAsync(plan.Read(parse, kinds), into, cancellation);
                return RunSession.Execute(prepared, kinds.Extensions, into, output, TimeProvider.System, cancellation);
            }
            DryRun.Print(plan.Read(parse), output);
            return Entry.Done;
        });
        return command;
    }
}
