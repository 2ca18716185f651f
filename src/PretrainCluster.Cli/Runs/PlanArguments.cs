namespace PretrainCluster.Cli.Runs;

/// <summary>A plan's file and what overrides it: the same argument and option for every verb that takes a plan.</summary>
sealed class PlanArguments
{
    readonly Argument<string> _file = new("PLAN") { Description = "the plan, a YAML file such as configs/demo.yaml (docs/plans.md lists its keys)" };
    readonly Option<string[]> _set = new("--set") { Description = "override a key of the plan, e.g. --set training.epochs=10; may be given again", HelpName = "KEY=VALUE" };

    readonly ExtensionOption _extensions = new();

    public PlanArguments AddTo(Command command)
    {
        command.Add(_file);
        command.Add(_set);
        _extensions.AddTo(command);
        return this;
    }

    /// <summary>The plan, with every extension that the user has named.</summary>
    public Plan Read(ParseResult parse) => Read(parse, Kinds(parse));

    /// <inheritdoc cref="Read(ParseResult)"/>
    /// <param name="kinds">what <see cref="Kinds"/> gave</param>
    public Plan Read(ParseResult parse, PlanKinds kinds) => PlanText.Read(parse.GetRequiredValue(_file), kinds, parse.GetValue(_set) ?? []).With(kinds.Extensions);

    public PlanKinds Kinds(ParseResult parse) => _extensions.Kinds(parse);
}
