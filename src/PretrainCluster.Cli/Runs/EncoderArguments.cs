using PretrainCluster.Training.Evaluation;

namespace PretrainCluster.Cli.Runs;

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
