using PretrainCluster.Learning;
using PretrainCluster.Training.Evaluation;

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

/// <summary>An encoder by name: the same argument and option for every verb that takes one.</summary>
sealed class EncoderArguments
{
    readonly Argument<string> _name = new("CHECKPOINT") { Description = "a run (its newest checkpoint), RUN@STEP, or a .safetensors file of weights with --plan" };
    readonly Option<string> _plan = new("--plan") { Description = "for a file of weights: the plan whose encoder and view sections describe it", HelpName = "PLAN" };

    readonly ExtensionOption _extensions = new();

    public EncoderArguments AddTo(Command command)
    {
        command.Add(_name);
        command.Add(_plan);
        _extensions.AddTo(command);
        return this;
    }

    public EncoderSource Find(ParseResult parse, string runs)
    {
        var kinds = Kinds(parse);
        return EncoderSource.Find(parse.GetRequiredValue(_name), runs, parse.GetValue(_plan) is { } file ? PlanText.Read(file, kinds) : null, kinds);
    }

    public PlanKinds Kinds(ParseResult parse) => _extensions.Kinds(parse);
}

/// <summary><c>--extension FILE</c>: the same option for every verb that reads plans.</summary>
sealed class ExtensionOption
{
    readonly Option<string[]> _files = new("--extension")
    {
        Description = "load objectives, encoders and other kinds from this assembly, whose code then runs with your rights (docs/extending.md); may be given again",
        HelpName = "FILE",
    };

    public ExtensionOption AddTo(Command command)
    {
        command.Add(_files);
        return this;
    }

    /// <summary>The kinds of this program and of the files that the user names.</summary>
    public PlanKinds Kinds(ParseResult parse) => Extensions.Load(Methods.BuiltIn, parse.GetValue(_files) ?? []);
}
